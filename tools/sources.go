package tools

import (
	"context"
	"fmt"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/schemas"
)

// knownSource gives the name of the source that somebody named, for when nothing was found on it, and refuses one that there is not.
// Where sources may not be read, as HELPDESK may not, nothing is known of it and it is called as it was.
func knownSource(ctx context.Context, system identity.System, named string) (string, error) {
	isc, has := system.(identity.ISC)
	if !has || named == "" {
		return named, nil
	}
	source, err := isc.Source(ctx, named)
	switch {
	case fault.Is(err, fault.NotFound):
		return "", noSource(ctx, isc, named)
	case err != nil || source.Name == "":
		return named, nil //nolint:nilerr // nothing was found either way, and that is told
	}
	return source.Name, nil
}

// noSource refuses a source that there is not, with the name that was probably meant.
func noSource(ctx context.Context, isc identity.ISC, named string) error {
	const most = 250
	sentence := fmt.Sprintf("SailPoint has no source %q. ", bounded(named))
	all, _ := isc.Sources(ctx, "", most) // that they cannot be listed takes only the proposal away
	names := make([]string, 0, len(all))
	for _, s := range all {
		names = append(names, s.Name)
	}
	if near := schemas.Closest(named, names); near != "" {
		return invalid("source", sentence+fmt.Sprintf("Did you mean %q?", bounded(near)))
	}
	return invalid("source", sentence+"Give its name as it stands there, or its id.")
}

// calledByName is a source by its name where one of these accounts tells it, since forms give its id.
func calledByName(source string, among []identity.Account) string {
	for _, a := range among {
		if a.SourceID == source && a.Source != "" {
			return a.Source
		}
	}
	return source
}
