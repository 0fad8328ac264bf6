package schemas_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"accountops/schemas"
)

type where struct {
	Account string `json:"account" jsonschema:"maxLength=20" jsonschema_description:"Which account, by any name."`
	System  string `json:"system,omitempty" jsonschema:"enum=sailpoint,enum=esystems" jsonschema_description:"Which system."`
}

type sample struct {
	where
	Reason                 string            `json:"reason" jsonschema:"minLength=3,maxLength=40" jsonschema_description:"Why."`
	ExternalVerificationID string            `json:"external_verification_id,omitempty" jsonschema_description:"An id, a comma, and more."`
	Limit                  int               `json:"limit,omitempty" jsonschema:"minimum=1,maximum=250" jsonschema_description:"How many."`
	Open                   bool              `json:"open,omitempty" jsonschema_description:"Only open ones."`
	Tags                   []string          `json:"tags,omitempty" jsonschema_description:"Tags."`
	Attributes             map[string]string `json:"attributes,omitempty" jsonschema_description:"Attributes."`
}

type colour uint8

func (c colour) MarshalText() ([]byte, error) { return []byte("red"), nil }

type inner struct {
	At   time.Time         `json:"at"`
	Some map[string]string `json:"some,omitempty"`
	Hue  colour            `json:"hue"`
	Num  uint8             `json:"num"`
}

type output struct {
	One  inner      `json:"one" jsonschema_description:"One."`
	Many []inner    `json:"many,omitempty" jsonschema_description:"Many."`
	May  *inner     `json:"may,omitempty" jsonschema_description:"Perhaps."`
	When *time.Time `json:"when,omitempty" jsonschema_description:"When."`
	Skip func()     `json:"-"`
}

func TestFieldsFollowTheStructWithEmbeddedOnesFlattened(t *testing.T) {
	t.Parallel()
	s := schemas.Of[sample]()
	require.Equal(t, []string{"account", "system", "reason", "external_verification_id", "limit", "open", "tags", "attributes"}, s.Names())
	fields := s.Fields()
	require.Equal(t, schemas.Field{Name: "account", Title: "Account", Description: "Which account, by any name.", Type: schemas.String, Required: true,
		Max: new(int64(20))}, fields[0])
	require.Equal(t, []string{"sailpoint", "esystems"}, fields[1].Enum)
	require.False(t, fields[1].Required)
	require.Equal(t, int64(3), *fields[2].Min)
	require.Equal(t, "External verification id", fields[3].Title)
	require.Equal(t, "An id, a comma, and more.", fields[3].Description)
	require.Equal(t, schemas.Integer, fields[4].Type)
	require.Equal(t, int64(250), *fields[4].Max)
	require.Equal(t, schemas.Boolean, fields[5].Type)
	require.Equal(t, schemas.Strings, fields[6].Type)
	require.Equal(t, schemas.Map, fields[7].Type)
}

func TestASchemaHasTheSameBytesEachTime(t *testing.T) {
	t.Parallel()
	first := schemas.Of[sample]().JSON()
	for range 20 {
		require.Equal(t, string(first), string(schemas.Of[sample]().JSON()))
	}
}

func TestSchemasCompileForbidUnknownFieldsAndHoldWhatTheStructWrites(t *testing.T) {
	t.Parallel()
	full, brief := compiled(t, schemas.Of[output]().JSON()), compiled(t, schemas.Of[output]().Brief())
	now := time.Date(2026, 8, 1, 9, 0, 0, 0, time.UTC)
	value := output{One: inner{At: now, Some: map[string]string{"a": "b"}}, Many: []inner{{At: now}}, May: &inner{At: now}, When: &now}
	raw, err := json.Marshal(value)
	require.NoError(t, err)
	require.NoError(t, full.Validate(parsed(t, raw)))
	require.NoError(t, brief.Validate(parsed(t, raw)))
	require.Error(t, full.Validate(parsed(t, []byte(`{"one":{"at":"2026-08-01T09:00:00Z","hue":"red","num":1,"more":1}}`))), "unknown field, nested")
	require.Error(t, full.Validate(parsed(t, []byte(`{}`))), "missing field")
}

func TestABriefSchemaTellsFieldsAndEnumsOnly(t *testing.T) {
	t.Parallel()
	require.JSONEq(t, `{"type":"object","properties":{"account":{"type":"string"},"system":{"type":"string","enum":["sailpoint","esystems"]},
		"reason":{"type":"string"},"external_verification_id":{"type":"string"},"limit":{"type":"integer"},"open":{"type":"boolean"},
		"tags":{"type":"array","items":{"type":"string"}},"attributes":{"type":"object"}},"required":["account","reason"]}`,
		string(schemas.Of[sample]().Brief()))
}

type same struct {
	Name string `json:"name"`
}

type otherSame = same

func TestANestedStructOfTheRootsNameDoesNotTakeItsPlace(t *testing.T) {
	t.Parallel()
	type same struct {
		In otherSame `json:"in" jsonschema_description:"A struct with the same bare name."`
	}
	require.Equal(t, []string{"in"}, schemas.Of[same]().Names())
}

func TestTypesThatNoSchemaCanSayAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	type bare struct {
		Any any `json:"any" jsonschema_description:"Anything."`
	}
	type raw struct {
		Raw json.RawMessage `json:"raw" jsonschema_description:"Raw."`
	}
	type nested struct {
		In []map[string]*bare `json:"in" jsonschema_description:"Deep down."`
	}
	type node struct {
		Next *node `json:"next" jsonschema_description:"Itself."`
	}
	type mute struct {
		Name string `json:"name"`
	}
	type keys struct {
		By map[int]string `json:"by" jsonschema_description:"By number."`
	}
	require.Panics(t, func() { schemas.Of[bare]() })
	require.Panics(t, func() { schemas.Of[raw]() })
	require.Panics(t, func() { schemas.Of[nested]() })
	require.Panics(t, func() { schemas.Of[node]() })
	require.Panics(t, func() { schemas.Of[keys]() })
	require.Panics(t, func() { schemas.Of[string]() })
	require.PanicsWithValue(t, "schemas: schemas_test.mute.name lacks a jsonschema_description", func() { schemas.Of[mute]() })
}

func compiled(t *testing.T, raw json.RawMessage) *validator.Schema {
	t.Helper()
	c := validator.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("schema.json", parsed(t, raw)))
	s, err := c.Compile("schema.json")
	require.NoError(t, err)
	return s
}

func parsed(t *testing.T, raw []byte) any {
	t.Helper()
	v, err := validator.UnmarshalJSON(bytes.NewReader(raw))
	require.NoError(t, err)
	return v
}

func TestAFieldSaysWhatExistingThingsItNamesAndTheJSONSchemaDoesNot(t *testing.T) {
	t.Parallel()
	type inner struct {
		Account string `json:"account" complete:"accounts" jsonschema_description:"An account."`
	}
	type outer struct {
		inner
		Source string `json:"source,omitempty" complete:"sources" jsonschema_description:"A source."`
		Reason string `json:"reason" jsonschema_description:"Why."`
	}
	s := schemas.Of[outer]()
	for name, want := range map[string]schemas.Kind{"account": schemas.Accounts, "source": schemas.Sources, "reason": ""} {
		field, ok := s.Field(name)
		require.True(t, ok)
		require.Equal(t, want, field.Complete, name)
	}
	require.NotContains(t, string(s.JSON()), "complete")
	type wrong struct {
		Planet string `json:"planet" complete:"planets" jsonschema_description:"A planet."`
	}
	require.PanicsWithValue(t, `schemas: schemas_test.wrong.Planet completes "planets", which nobody can list`, func() { schemas.Of[wrong]() })
}
