package sailpoint

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"accountops/internal/identity"
)

const notFollowed = "How far the tasks are could not be read."

// maxFilter is the longest filter, in bytes as sent: 250 ids of 32 digits would be longer than many gateways take.
const maxFilter = 7000

type taskStatus struct {
	ID               string    `json:"id"`
	CompletionStatus *string   `json:"completionStatus"`
	Messages         []message `json:"messages"`
}

type message struct {
	LocalizedText *struct {
		Message string `json:"message"`
	} `json:"localizedText"`
	Key string `json:"key"`
}

// Tasks reads tasks, up to 250 in a call. A task missing from the answer is unknown to SailPoint.
func (c *Client) Tasks(ctx context.Context, ids []string) (map[string]identity.Task, error) {
	out := make(map[string]identity.Task, len(ids))
	asked := slices.Compact(slices.Sorted(slices.Values(ids)))
	for len(asked) > 0 {
		filter, n := idsFilter(asked)
		var raw []taskStatus
		query := url.Values{"filters": {filter}, "limit": {"250"}}
		if _, bad := c.read(ctx, call{service: "task-status", query: query, what: notFollowed}, &raw); bad != nil {
			return out, bad
		}
		addTasks(out, raw, asked[:n])
		asked = asked[n:]
	}
	return out, nil
}

func addTasks(out map[string]identity.Task, raw []taskStatus, asked []string) {
	for _, t := range raw {
		if !slices.Contains(asked, t.ID) {
			continue
		}
		task := t.task()
		if before, twice := out[t.ID]; twice {
			task = contradicted(before, task)
		}
		out[t.ID] = task
	}
}

// contradicted settles two answers about one task: it runs as long as either says so, and of two ends neither is believed.
func contradicted(a, b identity.Task) identity.Task {
	const note = "SailPoint gives two answers about this task."
	switch {
	case a.State == b.State:
		return a
	case a.State == identity.Running || b.State == identity.Running:
		return identity.Task{Note: note}
	}
	return identity.Task{State: identity.Ended, Note: note}
}

// idsFilter makes a filter of as many ids as one call takes, and says how many.
func idsFilter(ids []string) (filter string, n int) {
	var b strings.Builder
	b.WriteString("id in (")
	size := 0
	for ; n < len(ids) && n < pageSize; n++ {
		next := quote(ids[n])
		size += len(url.QueryEscape(next)) + len("%2C")
		if n > 0 && size > maxFilter {
			break
		}
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteString(next)
	}
	b.WriteByte(')')
	return b.String(), n
}

// task reads the completion status: null means that it still runs, and a word that we do not know that it has ended, somehow.
func (t taskStatus) task() identity.Task {
	note := t.words()
	if t.CompletionStatus == nil {
		return identity.Task{Note: note}
	}
	switch upper(*t.CompletionStatus) {
	case "SUCCESS":
		return identity.Task{State: identity.Succeeded, Note: note}
	case "WARNING":
		return identity.Task{State: identity.Succeeded, Note: join("It ended with a warning.", note)}
	case "ERROR", "TERMINATED", "TEMPERROR":
		return identity.Task{State: identity.Failed, Note: join(upper(*t.CompletionStatus)+".", note)}
	}
	return identity.Task{State: identity.Ended, Note: join("SailPoint gives a completion status that we do not know: "+cut(*t.CompletionStatus, 100)+".", note)}
}

// upper compares one of ISC's words without case: its letters only, since Unicode has others (ſ) whose upper case is one of them.
func upper(word string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, word)
}

func (t taskStatus) words() string {
	var words []string
	for _, m := range t.Messages {
		switch {
		case m.LocalizedText != nil && m.LocalizedText.Message != "":
			words = append(words, m.LocalizedText.Message)
		case m.Key != "":
			words = append(words, m.Key)
		}
	}
	return cut(strings.Join(words, " · "), 1000)
}

func join(a, b string) string { return strings.TrimSpace(a + " " + b) }

// cut bounds a text to so many runes.
func cut(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
