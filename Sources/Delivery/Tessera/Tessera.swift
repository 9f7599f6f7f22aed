/// One import for users: everything from files to pictures.
@_exported import Annotating
@_exported import Dataflow
@_exported import Datasets
@_exported import Execution
@_exported import Files
@_exported import Filters
@_exported import Geometry
@_exported import Images
@_exported import Mapping
@_exported import Partitioning
@_exported import Rasterizing
@_exported import SceneFiles
@_exported import Scenes
@_exported import Visibility
