package main

import (
	"context"
	"strings"

	"github.com/sethvargo/go-envconfig"
	"github.com/spf13/cobra"
)

// narrow is what the command line says about which tools there are.
type narrow struct {
	readOnly bool
	tools    []string
}

func (n *narrow) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&n.readOnly, "read-only", false, "serve only the MCP tools that read (MCP_READ_ONLY)")
	cmd.Flags().StringSliceVar(&n.tools, "tools", nil, "serve only these MCP tools, such as find_accounts,get_account, and get_request and withdraw_request with those that ask (MCP_TOOLS)")
}

// given tells whether anything asks for fewer tools.
func (n narrow) given(env envconfig.Lookuper) bool {
	for _, key := range []string{"MCP_READ_ONLY", "MCP_TOOLS"} {
		if value, ok := env.Lookup(key); ok && value != "" && value != "false" {
			return true
		}
	}
	return n.readOnly || len(n.tools) > 0
}

// load reads the environment, with the command line's words over it.
func (n narrow) load(ctx context.Context, env envconfig.Lookuper) (config, error) {
	over := map[string]string{}
	if n.readOnly {
		over["MCP_READ_ONLY"] = "true"
	}
	if len(n.tools) > 0 {
		over["MCP_TOOLS"] = strings.Join(n.tools, ",")
	}
	return load(ctx, environment{envconfig.MultiLookuper(envconfig.MapLookuper(over), env), namesIn(env)})
}
