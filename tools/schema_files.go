package tools

import (
	"bytes"
	"encoding/json"

	"accountops/internal/executor"
)

// SchemaFiles gives the file of every operation's input and output schema in the folder schemas/, by file name:
// remove_account.input.json, remove_account.output.json. The same bytes each time.
func SchemaFiles(ops []executor.Operation) map[string][]byte {
	files := make(map[string][]byte, 2*len(ops))
	for _, op := range ops {
		files[op.Name+".input.json"] = pretty(op.Input.JSON())
		files[op.Name+".output.json"] = pretty(op.Output.JSON())
	}
	return files
}

func pretty(raw json.RawMessage) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		panic("tools: a schema is no JSON: " + err.Error())
	}
	b.WriteByte('\n')
	return b.Bytes()
}
