package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/sethvargo/go-envconfig"
)

// secret is a value from the environment, or from the file that KEY_FILE names. It prints as "…", however it is printed.
type secret struct {
	value string
	file  string
}

// fileMark tells secret.EnvDecode that the value is a file's path. No environment variable can hold a NUL byte.
const fileMark = "\x00file:"

// withFiles lets a KEY be given as KEY_FILE, so that a secret need not stand in the environment. Only a secret can be decoded from it.
func withFiles(l envconfig.Lookuper) envconfig.Lookuper {
	return envconfig.MultiLookuper(l, lookup(func(key string) (string, bool) {
		path, ok := l.Lookup(key + "_FILE")
		return fileMark + path, ok
	}))
}

// lookup is a function as an envconfig.Lookuper.
type lookup func(string) (string, bool)

func (f lookup) Lookup(key string) (string, bool) { return f(key) }

// EnvDecode takes what the environment says.
func (s *secret) EnvDecode(val string) error {
	if path, isFile := strings.CutPrefix(val, fileMark); isFile {
		s.file = path
		_, err := s.read()
		return err
	}
	s.value = val
	return nil
}

// read gives the secret; one in a file is read anew, so that it can be changed without a restart.
func (s secret) read() (string, error) {
	if s.file == "" {
		return s.value, nil
	}
	raw, err := os.ReadFile(s.file)
	if err != nil {
		return "", fmt.Errorf("the secret's file cannot be read: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

func (s secret) empty() bool {
	v, err := s.read()
	return err != nil || v == ""
}

const hidden = "…"

func (secret) String() string               { return hidden }
func (secret) GoString() string             { return hidden }
func (secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Format keeps every verb from printing the fields.
func (secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) } // fmt.State does not fail
