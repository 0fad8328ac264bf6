package storetest

import (
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"accountops/internal/executor"
)

// filled gives a request in which no field at any depth is zero, so that a field that a store forgets is noticed, those
// that are added later too.
func filled() executor.Request {
	var r executor.Request
	n := 0
	fill(reflect.ValueOf(&r).Elem(), &n)
	r.State = executor.Approved
	r.Version = 1
	return r
}

// fill puts a different value into every field. n counts them.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(start.Add(time.Duration(*n) * (time.Hour + time.Microsecond + time.Nanosecond))))
		return
	case json.RawMessage:
		v.Set(reflect.ValueOf(json.RawMessage(`{"html":"<&>","n":` + strconv.Itoa(*n) + `}`)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text " + strconv.Itoa(*n) + " with <&> \u2028 \x1b[2K\r\n and ünïcode")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8:
		v.SetUint(uint64(*n%3 + 1))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("storetest: cannot fill " + v.Type().String())
	}
}

// rounded gives the same with all times as stores keep them.
func rounded(v reflect.Value) {
	if t, ok := v.Interface().(time.Time); ok {
		v.Set(reflect.ValueOf(kept(t)))
		return
	}
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			rounded(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			rounded(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			rounded(v.Field(i))
		}
	}
}
