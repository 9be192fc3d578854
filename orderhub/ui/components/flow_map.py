"""The graph of the flow map, wrapped for Reflex: React Flow places what the page draws (assets/flow_map.jsx)."""

from typing import Any

import reflex as rx

XYFLOW = "@xyflow/react@12.12.1"


class FlowMapCanvas(rx.NoSSRComponent):
    """Its children stand at ``places``, in their order; ``lines`` join places by their ports."""

    library = "$/public/flow_map.jsx"
    tag = "FlowMap"
    lib_dependencies: list[str] = [XYFLOW]

    places: rx.Var[list[dict[str, Any]]]
    lines: rx.Var[list[dict[str, Any]]]
    controls: rx.Var[dict[str, str]]


flow_map_canvas = FlowMapCanvas.create
