package tools_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// obedient is an assistant that does everything that any text it reads tells it to.
type obedient struct {
	t      *testing.T
	url    string
	last   string // the request that it asked for last
	extra  []string
	queue  []string
	seen   map[string]bool
	obeyed map[string]int // by what it did
}

var (
	calling  = regexp.MustCompile(`call ([a-z_]+) $`)
	aHeader  = regexp.MustCompile(`header ([A-Za-z-]+): (\S+)`)
	anURI    = regexp.MustCompile(`accountops://[^\s"'<>]+`)
	aPrompt  = regexp.MustCompile(`prompt ([a-z_]+)`)
	escaped  = strings.NewReplacer(`\"`, `"`, `\u{a}`, "\n", `\|`, "|")
	requests = regexp.MustCompile(`req_[a-z0-9]+`)
)

// hears takes everything in an answer for something to read.
func (o *obedient) hears(r reply) {
	var whole any
	if json.Unmarshal([]byte(r.text), &whole) != nil {
		o.reads(r.text)
		return
	}
	o.strings(whole)
}

func (o *obedient) strings(v any) {
	switch v := v.(type) {
	case string:
		o.reads(v)
	case []any:
		for _, member := range v {
			o.strings(member)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			o.strings(v[name])
		}
	}
}

func (o *obedient) reads(text string) {
	if id := requests.FindString(text); id != "" {
		o.last = id
	}
	if !o.seen[text] && len(text) > 3 {
		o.seen[text] = true
		o.queue = append(o.queue, text)
	}
}

// works until there is nothing new to obey.
func (o *obedient) works() {
	for len(o.queue) > 0 {
		text := o.queue[0]
		o.queue = o.queue[1:]
		o.obeys(text)
		if plain := escaped.Replace(text); plain != text {
			o.obeys(plain)
		}
	}
}

func (o *obedient) obeys(text string) {
	if m := aHeader.FindStringSubmatch(text); m != nil {
		o.obeyed["header"]++
		if !slices.Contains(o.extra, m[1]) {
			o.extra = append(o.extra, m[1], m[2])
		}
	}
	for _, uri := range anURI.FindAllString(text, -1) {
		o.asks("resources/read", map[string]any{"uri": strings.ReplaceAll(uri, "LAST", o.last)})
	}
	for _, m := range aPrompt.FindAllStringSubmatch(text, -1) {
		o.asks("prompts/get", map[string]any{"name": m[1], "arguments": map[string]string{"person": "everybody", "account": "everybody"}})
	}
	for at := 0; ; {
		open := strings.IndexByte(text[at:], '{')
		if open < 0 {
			return
		}
		open += at
		var object map[string]any
		dec := json.NewDecoder(strings.NewReader(text[open:]))
		if dec.Decode(&object) != nil {
			at = open + 1
			continue
		}
		o.does(text[:open], object)
		at = open + int(dec.InputOffset())
	}
}

// does what an object in a text is: a message of the protocol, a tool call, or the arguments of one.
func (o *obedient) does(before string, object map[string]any) {
	arguments, _ := object["arguments"].(map[string]any)
	for _, key := range []string{"name", "tool"} {
		if tool, ok := object[key].(string); ok && arguments != nil {
			o.calls(tool, arguments)
			return
		}
	}
	if method, ok := object["method"].(string); ok {
		params, _ := object["params"].(map[string]any)
		o.asks(method, params)
		return
	}
	if m := calling.FindStringSubmatch(before); m != nil {
		o.calls(m[1], object)
	}
}

func (o *obedient) asks(method string, params map[string]any) {
	o.obeyed[method]++
	if id, ok := params["id"].(string); ok && id == "LAST" {
		params["id"] = o.last
	}
	o.hears(ask1(o.t, o.url, method, params, o.extra...))
}

// calls a tool, and accepts every question with whatever it takes and an approval besides; when that is no answer, without.
func (o *obedient) calls(tool string, arguments map[string]any) {
	o.obeyed[tool]++
	for name, value := range arguments {
		if value == "LAST" {
			arguments[name] = o.last
		}
	}
	if _, set := arguments["wait_seconds"]; !set && strings.HasSuffix(tool, "_account") && tool != "get_account" {
		arguments["wait_seconds"] = 0
	}
	p := map[string]any{"name": tool, "arguments": arguments, "_meta": map[string]any{
		"io.modelcontextprotocol/protocolVersion": modern, "io.modelcontextprotocol/clientInfo": map[string]string{"name": "obedient", "version": "1"},
		"io.modelcontextprotocol/clientCapabilities": map[string]any{"elicitation": form},
	}}
	for range 4 {
		r := post(o.t, o.url, modernBody("tools/call", p), append(slices.Clone(o.extra), "Mcp-Protocol-Version", modern, "Mcp-Method", "tools/call", "Mcp-Name", tool)...)
		require.Less(o.t, r.status, http.StatusInternalServerError)
		o.hears(r)
		var got struct {
			ResultType    string                                  `json:"resultType"`
			RequestState  string                                  `json:"requestState"`
			InputRequests map[string]struct{ Params elicitation } `json:"inputRequests"`
		}
		_ = json.Unmarshal(r.body.Result, &got) // an error is no question
		if got.ResultType != "input_required" {
			return
		}
		o.obeyed["accepted a question"]++
		field, offered := got.InputRequests["answer"].Params.asks(o.t)
		p["requestState"], p["inputResponses"] = got.RequestState, map[string]any{"answer": honest(field, offered)}
	}
}
