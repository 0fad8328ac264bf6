package tools

import "net/http"

// ByLibrary is the same door, with every call of a tool answered by the library.
func (h *MCPHandler) ByLibrary() http.Handler {
	slow, m := *h, &MCP{
		server: h.mcp.server, exec: h.mcp.exec, ops: h.mcp.ops, tasks: h.mcp.tasks, long: h.mcp.long, info: h.mcp.info, questions: h.mcp.questions,
		patience: h.mcp.patience, log: h.mcp.log, incident: h.mcp.incident, closing: h.mcp.closing, close: h.mcp.close,
	}
	slow.mcp = m
	return &slow
}

// CallsDirectly tells whether a tool's calls need nothing of the library.
func (m *MCP) CallsDirectly(tool string) bool { return m.direct[tool] != nil }
