import Datasets
import Execution
import Filters
import Geometry
import Mapping
import Scenes

extension [SceneLight] {
    /// The lights, or one from the camera where there are none.
    var asLights: [Light] { isEmpty ? [Light()] : map(\.light) }
}

extension SceneLight {
    var light: Light {
        let kind: Light.Kind =
            if let position {
                if let direction, let coneAngle {
                    .spot(position, direction: direction, coneAngle: coneAngle, exponent: Float(exponent ?? 1))
                } else {
                    .positional(position)
                }
            } else if let direction {
                followsCamera ? .camera(direction) : .directional(direction)
            } else {
                .headlight
            }
        var light = Light(kind, color: SIMD3<Float>(color), intensity: Float(intensity))
        if let attenuation { light.attenuation = SIMD3<Float>(attenuation) }
        return light
    }
}

extension SceneCamera {
    /// The camera; what is not given is chosen so that the box is in view.
    func camera(_ bounds: Bounds, width: Int, height: Int) -> Camera {
        var camera = Camera()
        if let viewAngle { camera.viewAngle = viewAngle }
        if let viewUp { camera.viewUp = viewUp }
        if let position {
            camera.position = position
            camera.focalPoint = focalPoint ?? Vector3()
        } else {
            camera.reset(to: bounds, aspect: Double(width) / Double(height))
            if let focalPoint {
                camera.position += focalPoint - camera.focalPoint
                camera.focalPoint = focalPoint
            }
        }
        if let parallelScale {
            camera.projection = .parallel
            camera.parallelScale = parallelScale
        }
        if let azimuth { camera.turn(azimuth: azimuth) }
        if let elevation { camera.raise(elevation: elevation) }
        return camera
    }
}

extension SceneOpacity {
    /// Values and opacities: those given, or clear at the least value and opaque at the greatest.
    func controlPoints(over facts: any ColoringFacts) throws -> [SIMD2<Float>] {
        if !points.isEmpty { return points.map { SIMD2<Float>($0) } }
        var (lower, upper) = range ?? (.infinity, -.infinity)
        if range == nil, let found = try facts.range() { (lower, upper) = (found.lowerBound, found.upperBound) }
        let (first, last) = (Float(lower), Float(upper))
        return first < last ? [SIMD2(first, 0), SIMD2(last, 1)] : [SIMD2(first, 1)]
    }
}

extension SceneActor {
    /// The radius of the last step that makes spheres of points.
    var sphereRadius: Double? {
        for case .spheres(let radius, _) in steps.flatMap(\.filters).reversed() { return radius }
        return nil
    }

    /// The glyphs that the last step makes, where copies can show them.
    var glyph: Glyph? {
        if case .glyphs(let glyph) = steps.flatMap(\.filters).last { return glyph }
        return nil
    }

    var material: Material {
        var material = Material()
        if let color { material.color = SIMD3<Float>(color) }
        if let opacity { material.opacity = Float(opacity) }
        material.interpolation = interpolation
        if let ambient { material.ambient = Float(ambient) }
        if let diffuse { material.diffuse = Float(diffuse) }
        if let specular { material.specular = Float(specular) }
        if let specularPower { material.specularPower = Float(specularPower) }
        if let specularColor { material.specularColor = SIMD3<Float>(specularColor) }
        material.isLit = !isUnlit
        if let representation { material.representation = representation }
        material.showsEdges = showsEdges
        if let edgeColor { material.edgeColor = SIMD3<Float>(edgeColor) }
        if let culling { material.culling = culling }
        if let backColor { material.backColor = SIMD3<Float>(backColor) }
        if let lineWidth { material.lineWidth = Float(lineWidth) }
        if let pointSize { material.pointSize = Float(pointSize) }
        return material
    }
}
