package tools

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// longestRaw is how many characters of a value of the identity systems stand in a field of its own. Real names are far shorter; what is cut
// ends with a mark.
const longestRaw = 4000

// sentences are the fields that hold this program's own words, into which names from outside are woven. They are shown to people and
// models as ours, so that a name in them must not look like another sentence. All other fields hold values as they came: as data.
var sentences = map[string]bool{
	"summary": true, "problem": true, "next_step": true, "sentence": true, "next": true, "where": true, "label": true,
	"call": true, "changes": true, "warnings": true, "consequence": true, "already": true,
}

// ourWords is plainText for a sentence of ours. Where it is too long its middle goes: the end says what has not happened.
func ourWords(s string) string {
	const end = 300
	whole := plainText(s, longestSentence)
	if whole == s || !strings.HasSuffix(whole, "…") {
		return whole
	}
	last := []rune(s)
	last = []rune(plainText(string(last[max(0, len(last)-end):]), 10*end)) // an escape has ten characters at most
	return plainText(s, longestSentence-end-1) + string(last[max(0, len(last)-end):])
}

// asValue is a value from outside as it came, with a mark where it is cut.
func asValue(s string) string {
	if len(s) <= longestRaw {
		return s
	}
	if runes := []rune(s); len(runes) > longestRaw {
		return string(runes[:longestRaw]) + "…"
	}
	return s
}

// tidy gives structured content with every sentence plain and every value bounded. What it was given stays as it is.
func tidy[T any](data T) T {
	v := reflect.ValueOf(&data).Elem()
	if better, changed := tidied(v, false); changed {
		v.Set(better)
	}
	return data
}

func tidied(v reflect.Value, sentence bool) (better reflect.Value, changed bool) {
	switch v.Kind() {
	case reflect.String:
		return tidyText(v, sentence)
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return v, false
		}
		inner, changed := tidied(v.Elem(), sentence)
		if !changed {
			return v, false
		}
		if v.Kind() == reflect.Interface {
			return inner, true
		}
		better = reflect.New(inner.Type())
		better.Elem().Set(inner)
		return better, true
	case reflect.Struct:
		return tidyStruct(v)
	case reflect.Slice:
		return tidySlice(v, sentence)
	case reflect.Map:
		return tidyMap(v, sentence)
	}
	return v, false
}

func tidyText(v reflect.Value, sentence bool) (reflect.Value, bool) {
	text := v.String()
	better := asValue(text)
	if sentence {
		better = ourWords(text)
	}
	if better == text {
		return v, false
	}
	return reflect.ValueOf(better).Convert(v.Type()), true
}

func tidyStruct(v reflect.Value) (better reflect.Value, changed bool) {
	better = v
	for _, f := range fieldsOf(v.Type()) {
		field, differs := tidied(v.Field(f.at), f.sentence)
		if !differs {
			continue
		}
		if !changed {
			better, changed = reflect.New(v.Type()).Elem(), true
			better.Set(v)
		}
		better.Field(f.at).Set(field)
	}
	return better, changed
}

func tidySlice(v reflect.Value, sentence bool) (better reflect.Value, changed bool) {
	if better = v; v.Type().Elem().Kind() == reflect.Uint8 {
		return v, false
	}
	for i := range v.Len() {
		item, differs := tidied(v.Index(i), sentence)
		if !differs {
			continue
		}
		if !changed {
			better, changed = reflect.MakeSlice(v.Type(), v.Len(), v.Len()), true
			reflect.Copy(better, v)
		}
		better.Index(i).Set(item)
	}
	return better, changed
}

func tidyMap(v reflect.Value, sentence bool) (better reflect.Value, changed bool) {
	better = v
	for _, key := range v.MapKeys() {
		item, differs := tidied(v.MapIndex(key), sentence)
		if !differs {
			continue
		}
		if !changed {
			better, changed = reflect.MakeMapWithSize(v.Type(), v.Len()), true
			for _, k := range v.MapKeys() {
				better.SetMapIndex(k, v.MapIndex(k))
			}
		}
		better.SetMapIndex(key, item)
	}
	return better, changed
}

// texts is a field of a struct in which text may be.
type texts struct {
	at       int
	sentence bool
}

var (
	knownFields sync.Map // of a type, as []texts
	marshals    = reflect.TypeFor[json.Marshaler]()
)

// fieldsOf gives the fields of a struct to look into: none of one that writes itself, such as a time.
func fieldsOf(t reflect.Type) []texts {
	known, _ := knownFields.Load(t)
	if fields, ok := known.([]texts); ok {
		return fields
	}
	var fields []texts
	for i := range t.NumField() {
		f := t.Field(i)
		if f.PkgPath != "" || t.Implements(marshals) || !holdsText(f.Type) {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields = append(fields, texts{i, sentences[name]})
	}
	knownFields.Store(t, fields)
	return fields
}

func holdsText(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Pointer, reflect.Interface, reflect.Struct, reflect.Slice, reflect.Map:
		return true
	}
	return false
}
