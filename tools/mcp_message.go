package tools

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"github.com/mark3labs/mcp-go/mcp"
)

// malformed says what is wrong with a message as a message, whatever it wants. All doors say the same; mcp-go takes some of these for
// answers, and leaves whoever sent them waiting.
func malformed(p peek, message []byte) (rpcFailure, bool) {
	switch {
	case p.Method != "" && p.JSONRPC == mcp.JSONRPC_VERSION && !p.nullID && (p.ID == nil || goodID(p.ID)):
		return rpcFailure{}, false
	case !p.whole && !json.Valid(message):
		return rpcError(nil, mcp.PARSE_ERROR, "The message is not JSON."+noChange), true
	case !bytes.HasPrefix(bytes.TrimSpace(message), []byte("{")):
		return rpcError(nil, mcp.INVALID_REQUEST, "A message has to be one JSON object; several are sent one by one."+noChange), true
	case p.answers():
		return rpcFailure{}, false
	case p.ID != nil && !goodID(p.ID), p.nullID:
		return rpcError(nil, mcp.INVALID_REQUEST, "The id of a request has to be a text or a whole number."+noChange), true
	case p.JSONRPC != mcp.JSONRPC_VERSION:
		return rpcError(p.ID, mcp.INVALID_REQUEST, `The message has to say "jsonrpc":"2.0".`+noChange), true
	}
	return rpcError(p.ID, mcp.INVALID_REQUEST, "The message has no method, so nobody knows what it asks for."+noChange), true
}

// answers tells whether a message is an answer of the client's, rather than something that it wants.
func (p peek) answers() bool { return p.Method == "" && (p.Result != nil || p.Error != nil) }

// asks gives the id under which a request waits for its answer; nil where none does.
func (p peek) asks() json.RawMessage {
	if p.Method == "" {
		return nil
	}
	return p.ID
}

// goodID tells whether an id is one of MCP's: a text or a whole number.
func goodID(id json.RawMessage) bool {
	if id[0] == '"' {
		return true
	}
	n, err := strconv.ParseFloat(string(id), 64)
	return err == nil && n == math.Trunc(n)
}
