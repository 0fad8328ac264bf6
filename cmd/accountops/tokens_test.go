package main

import (
	"testing"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"

	"accountops/tools"
)

func TestATokenMayEndAsBase64Does(t *testing.T) {
	t.Parallel()
	var c config
	require.Empty(t, c.read(t.Context(), envconfig.MapLookuper(map[string]string{
		"MCP_TOKENS": "c2VjcmV0LWNhbmFyeS10b2tlbg===U0RILEY,another-canary-token-1=slack:T9:U0SAM",
	})))
	tokens, mistakes := c.tokens("T1")
	require.Empty(t, mistakes)
	require.Equal(t, []tools.Token{
		{Secret: "c2VjcmV0LWNhbmFyeS10b2tlbg==", Principal: "slack:T1:U0RILEY", Scopes: []string{}},
		{Secret: "another-canary-token-1", Principal: "slack:T9:U0SAM", Scopes: []string{}},
	}, tokens)
}
