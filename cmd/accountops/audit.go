package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"accountops/internal/store"

	"github.com/spf13/cobra"
)

func auditCommand(p process) *cobra.Command {
	audit := &cobra.Command{Use: "audit", Short: "Look at the audit log"}
	data := ""
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Check the audit log's chains: finds any edited, deleted, inserted, reordered or truncated record",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := store.VerifyIn(cmd.Context(), dataDir(p, data))
			if err != nil {
				return err
			}
			_, _ = fmt.Fprint(p.out, report) // nobody is left to tell when stdout is gone
			if !report.OK() {
				return errors.New("the audit log does not hold together; nothing was changed")
			}
			return nil
		},
	}
	audit.PersistentFlags().StringVar(&data, "data", "", "the data directory (default $ACCOUNTOPS_DATA)")
	audit.AddCommand(verify)
	return audit
}

// dataDir is where the database is: as given, or as the environment says.
func dataDir(p process, data string) string {
	if data == "" {
		data, _ = p.env.Lookup("ACCOUNTOPS_DATA")
	}
	if data == "" {
		data = dataOf(p.env)
	}
	if inner := filepath.Join(data, "accountops"); isDir(inner) {
		return inner // the data directory of a sandbox: its world is beside the product's own
	}
	return data
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
