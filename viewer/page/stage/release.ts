// Gives back what an object and all below it hold on the graphics card.
import { type BufferGeometry, InstancedMesh, type Material, type Object3D, Texture } from 'three'

export function release(root: Object3D): void {
  root.traverse((object) => {
    const { geometry, material } = object as Partial<{ geometry: BufferGeometry; material: Material | Material[] }>
    geometry?.dispose()
    for (const each of Array.isArray(material) ? material : material ? [material] : []) releaseMaterial(each)
    if (object instanceof InstancedMesh) object.dispose()
  })
}

function releaseMaterial(material: Material): void {
  const { map } = material as { map?: unknown }
  if (map instanceof Texture) map.dispose()
  material.dispose()
}
