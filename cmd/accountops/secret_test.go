package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"
)

// variables are those of the configuration that are secrets, or that are not.
func variables(secrets bool) (names []string) {
	all := reflect.TypeFor[config]()
	for i := range all.NumField() {
		if field := all.Field(i); secrets == (field.Type == reflect.TypeFor[secret]()) {
			name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
			names = append(names, name)
		}
	}
	return names
}

func TestSecretsAndNothingElseAreReadFromFiles(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "canary")
	require.NoError(t, os.WriteFile(file, []byte("in-the-file\n"), 0o600))
	env := map[string]string{}
	for _, name := range append(variables(true), variables(false)...) {
		env[name+"_FILE"] = file
	}
	var c config
	told := c.read(t.Context(), envconfig.MapLookuper(env))
	require.Len(t, told, len(variables(false)), "nothing is taken for a value that is a path")
	for i, name := range variables(false) {
		require.Contains(t, told[i], name+": only secrets are read from files")
	}
	require.NotContains(t, told.Error(), "canary")
	all := reflect.ValueOf(c)
	for i := range all.NumField() {
		if s, is := all.Field(i).Interface().(secret); is {
			value, err := s.read()
			require.NoError(t, err)
			require.Equal(t, "in-the-file", value, all.Type().Field(i).Name)
		}
	}
	require.Empty(t, c.SlackApprovals)
}

func TestASecretIsGivenInOneWayOnly(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "canary")
	require.NoError(t, os.WriteFile(file, []byte("in-the-file\n"), 0o600))
	for _, name := range variables(true) {
		var c config
		told := c.read(t.Context(), envconfig.MapLookuper(map[string]string{name: "itself", name + "_FILE": file}))
		require.Len(t, told, 1, name)
		require.Equal(t, name+": it is given both as "+name+" and as "+name+"_FILE; take one away", told[0])
	}
}

func TestTheSecretsAreNamedWhereFilesAreExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "running.md"))
	require.NoError(t, err)
	_, list, _ := strings.Cut(string(text), "Secrets are ")
	list, _, found := strings.Cut(list, "\n\n")
	require.True(t, found)
	var named []string
	for _, name := range regexp.MustCompile("`([A-Z_]+)`").FindAllStringSubmatch(list, -1) {
		named = append(named, name[1])
	}
	require.ElementsMatch(t, append(variables(true), "ACCOUNTOPS_TOKEN"), named)
}
