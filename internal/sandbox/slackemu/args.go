package slackemu

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// maxBody bounds what a call may send.
const maxBody = 1 << 20

// args are a call's arguments: strings from a form or the query, any JSON value from a JSON body.
type args map[string]any

// read takes the token and the arguments out of a request by Slack's rules, and names a warning Slack would add.
func (c *call) read(rw http.ResponseWriter, r *http.Request) (token, warning string, err error) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
	c.args = args{}
	for k, v := range r.URL.Query() {
		c.args[k] = v[0]
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	bearer, hasBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case r.Method == http.MethodGet:
	case kind == "application/json":
		if err := c.readJSON(r); err != nil {
			return bearer, "", err
		}
		delete(c.args, "token") // a token in a JSON body is not looked at
		if params["charset"] == "" {
			warning = "missing_charset"
		}
	case kind == "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return bearer, "", refuse("invalid_form_data")
		}
		c.takeForm(r.PostForm)
		if params["charset"] != "" {
			warning = "superfluous_charset"
		}
	case kind == "multipart/form-data":
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return bearer, "", refuse("invalid_form_data")
		}
		c.takeForm(r.MultipartForm.Value)
	case r.ContentLength != 0:
		return bearer, "", refuse("invalid_post_type")
	}
	if hasBearer {
		return strings.TrimSpace(bearer), warning, nil
	}
	return c.args.text("token"), warning, nil
}

func (c *call) readJSON(r *http.Request) error {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return refuse("request_too_large")
	}
	if len(strings.TrimSpace(string(raw))) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return refuse("invalid_json")
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return refuse("json_not_object")
	}
	maps.Copy(c.args, fields)
	return nil
}

func (c *call) takeForm(form map[string][]string) {
	for k, v := range form {
		c.args[k] = v[0]
	}
}

// text gives an argument as a string.
func (a args) text(name string) string {
	switch v := a[name].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// yes tells whether an argument is true, in any of the ways Slack takes.
func (a args) yes(name string) bool {
	switch strings.ToLower(a.text(name)) {
	case "1", "true", "t", "yes":
		return true
	}
	return false
}

// number gives an argument as an integer between low and high, or def when it is not there.
func (a args) number(name string, def, low, high int) int {
	n, err := strconv.Atoi(a.text(name))
	if err != nil {
		n = def
	}
	return min(max(n, low), high)
}

// value gives an argument that is JSON: as it stands in a JSON body, or parsed from a form's string. It tells whether
// the argument is there at all.
func (a args) value(name string) (v any, there bool, err error) {
	v, there = a[name]
	if !there || v == nil {
		return nil, false, nil
	}
	s, isText := v.(string)
	if !isText {
		return v, true, nil
	}
	if strings.TrimSpace(s) == "" {
		return nil, false, nil
	}
	var parsed any
	if err := json.Unmarshal([]byte(s), &parsed); err != nil {
		return nil, true, err
	}
	return parsed, true, nil
}

// withoutToken gives the arguments for the inspector.
func (a args) withoutToken() args {
	out := maps.Clone(a)
	delete(out, "token")
	return out
}
