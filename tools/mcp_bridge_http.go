package tools

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// refusedBy is a server's no: it was asked, and did nothing with the message.
type refusedBy struct {
	status   string
	code     int // of JSON-RPC
	sentence string
}

func (r *refusedBy) Error() string { return r.status + ": " + r.sentence }

// words gives the server's reason, and says that nothing came of the message where that does not.
func (r *refusedBy) words() string {
	sentence := plainText(r.sentence, longestSentence)
	if strings.Contains(sentence, noChange[1:]) {
		return ": " + sentence
	}
	if sentence != "" {
		sentence = ": " + strings.TrimSuffix(sentence, ".")
	}
	return sentence + "." + noChange
}

// errForgotten says that the server does not know the session, as after its restart.
var errForgotten error = &refusedBy{"404 Not Found", mcp.INVALID_REQUEST, "It has forgotten the session; start again with initialize."}

// forward passes a message on and writes what comes back. It tells whether the message's own answer was among it.
func (b *bridge) forward(ctx context.Context, p peek, message json.RawMessage) (answered bool, err error) {
	resp, err := b.post(ctx, p, message)
	if err != nil {
		return false, err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or given up
	modern := mcp.IsModernProtocol(p.version())
	switch kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); {
	case resp.StatusCode == http.StatusAccepted || resp.StatusCode == http.StatusNoContent:
		return false, nil
	case resp.StatusCode == http.StatusNotFound && !modern && p.Method != string(mcp.MethodInitialize):
		return false, errForgotten
	case kind == "text/event-stream" && resp.StatusCode == http.StatusOK:
		return b.events(p, resp.Body)
	default:
		text, err := io.ReadAll(io.LimitReader(resp.Body, largestAnswer))
		if err != nil {
			return false, err
		}
		if !closedDoor(resp.StatusCode) && b.pass(p, text) {
			b.keep(p, resp.Header, text)
			return true, nil
		}
		no := b.refusalOf(resp.Status, text)
		if refuses(resp.StatusCode) {
			return false, no
		}
		return false, errors.New(no.Error()) // whoever could not do it may have begun
	}
}

// post sends a message with the headers that have to agree with it.
func (b *bridge) post(ctx context.Context, p peek, message json.RawMessage) (*http.Response, error) {
	req, err := b.request(ctx, http.MethodPost, bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	req.GetBody = nil // net/http must not send it a second time by itself
	req.Header.Set("Content-Type", "application/json")
	if p.Method == string(mcp.MethodInitialize) {
		req.Header.Del(mcp.HeaderSessionID)
		req.Header.Del(mcp.HeaderProtocolVersion)
	}
	if version := p.version(); mcp.IsModernProtocol(version) {
		req.Header.Del(mcp.HeaderSessionID)
		req.Header.Set(mcp.HeaderProtocolVersion, version)
		req.Header.Set(mcp.HeaderMethod, p.Method)
		name, has := mcp.ExtractHeaderName(mcp.MCPMethod(p.Method), paramsOf(message))
		if taskMethod(p.Method) {
			name, has = p.Params.TaskID, true
		}
		if has {
			value, _ := mcp.EncodeHeaderValue(name) // a string always has one
			req.Header.Set(mcp.HeaderName, value)
		}
	}
	return b.client.Do(req)
}

// events passes on what a stream of server-sent events says.
func (b *bridge) events(p peek, body io.Reader) (answered bool, err error) {
	r := bufio.NewReaderSize(body, 64<<10)
	var data []byte
	for {
		part, err := r.ReadBytes('\n')
		part = bytes.TrimRight(part, "\r\n")
		if text, is := bytes.CutPrefix(part, []byte("data:")); is && len(data)+len(text) <= largestAnswer {
			data = append(append(data, bytes.TrimPrefix(text, []byte(" "))...), '\n')
		}
		if len(part) == 0 && len(data) > 0 {
			answered = b.pass(p, data) || answered
			data = nil
		}
		if errors.Is(err, io.EOF) || (err == nil && answered) {
			return answered, nil
		}
		if err != nil {
			return answered, err
		}
	}
}

// pass writes a message to the client if it is one, and tells whether it answers the request p.
func (b *bridge) pass(p peek, text []byte) bool {
	text = b.token.hiddenInJSON(text)
	var m struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Method  string          `json:"method"`
	}
	if json.Unmarshal(text, &m) != nil || m.Version != mcp.JSONRPC_VERSION {
		return false
	}
	if m.Method != "" {
		b.out.write(json.RawMessage(text))
		return false
	}
	if p.ID == nil || len(m.ID) == 0 || string(m.ID) == "null" {
		return false
	}
	answer := map[string]json.RawMessage{}
	_ = json.Unmarshal(text, &answer) // it is an object: it was read as one above
	answer["id"] = p.ID               // as the client wrote it, down to the last digit
	b.out.write(answer)
	return true
}

func paramsOf(message json.RawMessage) json.RawMessage {
	var m struct {
		Params json.RawMessage `json:"params"`
	}
	_ = json.Unmarshal(message, &m) // without params there is no name to send
	return m.Params
}

// keep takes the session and the version from the answer to initialize.
func (b *bridge) keep(p peek, header http.Header, text []byte) {
	if p.Method != string(mcp.MethodInitialize) {
		return
	}
	var answer struct {
		Result struct {
			ProtocolVersion string `json:"protocolVersion"`
		} `json:"result"`
	}
	_ = json.Unmarshal(text, &answer) // without a version none is sent
	b.mu.Lock()
	defer b.mu.Unlock()
	b.session, b.version = header.Get(mcp.HeaderSessionID), answer.Result.ProtocolVersion
}

// startAgain opens a new session in place of a forgotten one, with the client's own initialize and unseen by the client.
// One call does it for all.
func (b *bridge) startAgain(ctx context.Context, forgotten string) bool {
	b.restart.Lock()
	defer b.restart.Unlock()
	b.mu.Lock()
	message, session := b.initialize, b.session
	b.mu.Unlock()
	if message == nil || session != forgotten {
		return message != nil
	}
	p := peekOf(message)
	resp, err := b.post(ctx, p, message)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }() // read to its end
	text, err := io.ReadAll(io.LimitReader(resp.Body, largestAnswer))
	if err != nil || resp.StatusCode != http.StatusOK {
		return false
	}
	b.keep(p, resp.Header, text)
	if resp, err := b.post(ctx, peek{}, json.RawMessage(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)); err == nil {
		_ = resp.Body.Close() // a notification has no answer
	}
	return true
}

// refuses tells whether a status says that nothing was done: the fault is the message's. A timeout is one in name only.
func refuses(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusRequestTimeout
}

// closedDoor tells whether a status says that the message did not come in, so that people should hear who would not take it.
func closedDoor(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		return true
	}
	return false
}

// refusalOf takes the code and the sentence out of a refusal. A proxy's is no JSON-RPC.
func (b *bridge) refusalOf(status string, text []byte) *refusedBy {
	status, text = b.token.hiddenIn(status), b.token.hiddenInJSON(text)
	var refused struct {
		Error struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(text, &refused) == nil && refused.Error.Message != "" {
		return &refusedBy{status, cmp.Or(refused.Error.Code, mcp.INVALID_REQUEST), refused.Error.Message}
	}
	return &refusedBy{status, mcp.INVALID_REQUEST, string(bytes.TrimSpace(text[:min(len(text), longestValue)]))}
}
