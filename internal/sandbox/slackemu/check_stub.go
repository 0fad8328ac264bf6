package slackemu

const inMessage = "message"

func checkBlocks(list []any, _ string, _ string) ([]block, error) {
	out := []block{}
	for _, b := range list {
		m, ok := b.(map[string]any)
		if !ok {
			return nil, refuse("invalid_blocks")
		}
		if m["block_id"] == nil {
			m["block_id"] = secret(3)
		}
		out = append(out, m)
	}
	return out, nil
}

func checkView(fields map[string]any, _ string) (map[string]any, error) {
	list, _ := fields["blocks"].([]any)
	if _, err := checkBlocks(list, "modal", "/view/blocks"); err != nil {
		return nil, err
	}
	return fields, nil
}

type checker struct{ problems []string }

func (k *checker) options(map[string]any, string, int, int, bool) {}
