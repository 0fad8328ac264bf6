package main

import (
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/sethvargo/go-envconfig"
)

// environment is a process's variables, of which the names are known as well: one that is misspelt means nothing, and a security setting
// must not be off without a word.
type environment struct {
	envconfig.Lookuper
	names []string
}

func osEnvironment() environment {
	e := environment{Lookuper: envconfig.OsLookuper()}
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		e.names = append(e.names, name)
	}
	return e
}

// namesIn lists the names of an environment, where that is known.
func namesIn(env envconfig.Lookuper) []string {
	if e, ok := env.(environment); ok {
		return e.names
	}
	return nil
}

// settings are the names of everything that can be configured.
func settings() []string {
	names := []string{bridgeURL, bridgeToken, bridgeToken + "_FILE"}
	all := reflect.TypeFor[config]()
	for i := range all.NumField() {
		name, _, _ := strings.Cut(all.Field(i).Tag.Get("env"), ",")
		names = append(names, name, name+"_FILE") // of what is no secret, read says that files mean nothing
	}
	return names
}

// ours tells whether a name begins as our settings do. Some of these are other programs' as well, such as SLACK_.
func ours(name string) bool {
	begins := slices.ContainsFunc([]string{"APPROVER", "APPROVAL_", "OWNERS_", "SLACK_", "SAILPOINT_", "ESYSTEMS_", "MCP_", "ACCOUNTOPS_"},
		func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	return begins || strings.HasPrefix(name, "MAX_") && strings.HasSuffix(name, "_REQUESTS")
}

// misspelt finds names that are nearly those of settings that are not given; strange are the others that begin as ours do.
func misspelt(env envconfig.Lookuper) (wrong mistakes, strange []string) {
	known := settings()
	for _, name := range namesIn(env) {
		if slices.Contains(known, name) {
			continue
		}
		i := slices.IndexFunc(known, func(setting string) bool {
			_, given := env.Lookup(setting)
			near := 1 // of a name that does not even begin as ours do
			if ours(name) {
				near = 2
			}
			return !given && ours(setting) && distance(name, setting) <= near
		})
		switch {
		case i >= 0:
			wrong = append(wrong, fmt.Sprintf("%s: there is no such setting; did you mean %s? If it is another program's, start accountops without it", name, known[i]))
		case ours(name):
			strange = append(strange, name)
		}
	}
	slices.Sort(wrong)
	slices.Sort(strange)
	return wrong, strange
}

// warnOfStrange logs names that begin as ours do: they may be another program's.
func warnOfStrange(log *slog.Logger, env envconfig.Lookuper) {
	if _, strange := misspelt(env); len(strange) > 0 {
		log.Warn("these variables begin as settings of accountops do, and mean nothing here", "names", strings.Join(strange, ", "))
	}
}

// distance counts the letters that have to be changed, put in, taken out or exchanged with the next to make one word of another.
func distance(a, b string) int {
	if d := len(a) - len(b); d > 2 || d < -2 {
		return 3 // far enough, whatever it is
	}
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
