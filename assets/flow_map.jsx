// The flow map's canvas: where things stand and what joins them. What is in each place is drawn by the page (its children,
// in the order of `places`), so that words, figures and handlers stay where all the others are.
import { Children, createContext, useContext, useEffect, useMemo, useRef } from "react";
import { Controls, Handle, Position, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";

const Contents = createContext({});
const SIDES = { l: Position.Left, r: Position.Right, t: Position.Top, b: Position.Bottom };

function Place({ id, data }) {
  return (
    <>
      {useContext(Contents)[id]}
      {data.ports.map((port) => (
        <Handle key={port.id} id={port.id} type={port.type} position={SIDES[port.side]} isConnectable={false}
          style={port.at === undefined ? undefined : { left: port.at }} tabIndex={-1} aria-hidden="true" />
      ))}
    </>
  );
}

const NODE_TYPES = { place: Place };
const FIT = { padding: { top: "12px", bottom: "44px", left: "16px", right: "16px" }, maxZoom: 1.15 };

function Canvas({ places, lines, controls }) {
  const { fitView } = useReactFlow();
  const frame = useRef(null);
  useEffect(() => {
    const seen = new ResizeObserver(() => fitView(FIT));
    seen.observe(frame.current);
    return () => seen.disconnect();
  }, [fitView]);
  const nodes = useMemo(() => places.map(({ id, x, y, width, height, ports }) => ({
    id, type: "place", position: { x, y }, width, height, data: { ports: ports ?? [] }, style: { width, height },
  })), []);
  const edges = useMemo(() => lines.map((line) => ({
    focusable: false, selectable: false, ...line, className: line.dashed ? "dashed" : "",
    markerEnd: line.bare ? undefined : { type: "arrow", width: 16, height: 16, strokeWidth: 1.2, color: "var(--line-3)" },
  })), []);
  return (
    <div ref={frame} style={{ width: "100%", height: "100%" }}>
      <ReactFlow defaultNodes={nodes} defaultEdges={edges} nodeTypes={NODE_TYPES} fitView fitViewOptions={FIT}
        minZoom={0.4} maxZoom={1.6} nodesDraggable={false} nodesConnectable={false} nodesFocusable={false}
        elementsSelectable={false} edgesFocusable={false} deleteKeyCode={null} selectionKeyCode={null}
        multiSelectionKeyCode={null} zoomOnDoubleClick={false} preventScrolling={false} zoomOnScroll={false}
        zoomActivationKeyCode="Control" proOptions={{ hideAttribution: true }} ariaLabelConfig={controls}>
        <Controls showInteractive={false} fitViewOptions={FIT} position="bottom-right" />
      </ReactFlow>
    </div>
  );
}

export function FlowMap({ places, lines, controls, children }) {
  const drawn = Children.toArray(children);
  const contents = Object.fromEntries(places.map((place, at) => [place.id, drawn[at]]));
  return (
    <Contents.Provider value={contents}>
      <ReactFlowProvider>
        <Canvas places={places} lines={lines} controls={controls} />
      </ReactFlowProvider>
    </Contents.Provider>
  );
}
