package tools

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/mark3labs/mcp-go/mcp"
)

// shapes are the methods that are served here by mcp-go, with what it reads them as.
var shapes = map[mcp.MCPMethod]func() any{
	mcp.MethodInitialize:             func() any { return new(mcp.InitializeRequest) },
	mcp.MethodPing:                   func() any { return new(mcp.PingRequest) },
	mcp.MethodServerDiscover:         func() any { return new(mcp.DiscoverRequest) },
	mcp.MethodSubscriptionsListen:    func() any { return new(mcp.SubscriptionsListenRequest) },
	mcp.MethodToolsList:              func() any { return new(mcp.ListToolsRequest) },
	mcp.MethodToolsCall:              func() any { return new(mcp.CallToolRequest) },
	mcp.MethodResourcesList:          func() any { return new(mcp.ListResourcesRequest) },
	mcp.MethodResourcesTemplatesList: func() any { return new(mcp.ListResourceTemplatesRequest) },
	mcp.MethodResourcesRead:          func() any { return new(mcp.ReadResourceRequest) },
	mcp.MethodPromptsList:            func() any { return new(mcp.ListPromptsRequest) },
	mcp.MethodPromptsGet:             func() any { return new(mcp.GetPromptRequest) },
	mcp.MethodCompletionComplete:     func() any { return new(mcp.CompleteRequest) },
}

// unfit says what is wrong with the params of a request, in front of mcp-go, which shows what Go says about it, or takes it for a mistake
// of ours.
func (m *MCP) unfit(p peek, message []byte) (rpcFailure, bool) {
	shape, known := shapes[mcp.MCPMethod(p.Method)]
	if !known || p.ID == nil {
		return rpcFailure{}, false
	}
	if err := json.Unmarshal(message, shape()); err != nil {
		return rpcError(p.ID, mcp.INVALID_PARAMS, misshapen(p.Method, err)+noChange), true
	}
	if strings.HasSuffix(p.Method, "/list") && p.Params.Cursor != "" {
		return rpcError(p.ID, mcp.INVALID_PARAMS, "This cursor is none of ours: every list here is one page. Ask for it without a cursor."+noChange), true
	}
	if asked, ours := m.prompts[p.Params.Name]; ours && p.Method == string(mcp.MethodPromptsGet) {
		var given map[string]string
		_ = json.Unmarshal(p.Params.Arguments, &given) // it fits: it was read as such above
		if strings.TrimSpace(given[asked.subject]) == "" {
			return rpcError(p.ID, mcp.INVALID_PARAMS, "The prompt "+asked.name+" needs the argument "+asked.subject+": "+asked.subjectAbout+noChange), true
		}
	}
	return rpcFailure{}, false
}

// misshapen says which of the params is of a wrong type, as far as that is known.
func misshapen(method string, err error) string {
	wrong, is := errors.AsType[*json.UnmarshalTypeError](err)
	if !is {
		return "The params of " + method + " are not as the protocol has them."
	}
	path := slices.DeleteFunc(strings.Split(wrong.Field, "."), func(name string) bool {
		return name == "" || unicode.IsUpper(rune(name[0])) // Go's own name for a part of a message
	})
	if len(path) == 0 {
		return "The params of " + method + " are not as the protocol has them."
	}
	return plainText(strings.Join(path, "."), longestValue) + " of " + method + " is of a type that it cannot be."
}

// complains answers a request whose params do not fit. One whose headers do not agree with it is left to mcp-go, which says that first.
func (h *MCPHandler) complains(w http.ResponseWriter, a admitted) bool {
	newer := mcp.IsModernProtocol(a.p.version()) || mcp.IsModernProtocol(a.r.Header.Get(mcp.HeaderProtocolVersion))
	if a.r.Method != http.MethodPost || newer && !a.modern() {
		return false
	}
	bad, is := h.mcp.unfit(a.p, a.body)
	switch {
	case is && newer:
		writeRPC(w, bad)
	case is:
		text, _ := json.Marshal(bad)                    // plain strings always marshal
		writeJSON(w, http.StatusOK, text, []byte("\n")) // the older protocol has no status for errors
	}
	return is
}
