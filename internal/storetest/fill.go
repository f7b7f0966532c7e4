package storetest

import (
	"fmt"
	"reflect"
	"time"
)

// fill gives every field of the record that v points to a value that is not zero
// and differs from field to field and from seed to seed, so that a store that
// forgets a field, or mixes up two, cannot return an equal record. Rev stays 0.
func fill(v any, seed int) {
	n := seed * 1000
	fillValue(reflect.ValueOf(v).Elem(), &n)
	if rev := reflect.ValueOf(v).Elem().FieldByName("Rev"); rev.IsValid() {
		rev.SetInt(0)
	}
}

func fillValue(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("Ünïcode „%d“ 'q' \"d\" {{x}} 漢字 🗞", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.25)
	case reflect.Uint8, reflect.Uint64:
		v.SetUint((1<<63 + uint64(*n)*2654435761) >> (64 - v.Type().Bits()))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		fillElements(v, n)
	case reflect.Array:
		fillElements(v, n)
	case reflect.Struct:
		fillStruct(v, n)
	default:
		panic(fmt.Sprintf("storetest cannot fill a %s yet", v.Type()))
	}
}

func fillElements(v reflect.Value, n *int) {
	for i := range v.Len() {
		fillValue(v.Index(i), n)
	}
}

func fillStruct(v reflect.Value, n *int) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(start.Add(time.Duration(*n) * (time.Hour + time.Microsecond))))
		return
	}
	for i := range v.NumField() {
		fillValue(v.Field(i), n)
	}
}

// same tells whether two records are equal, where an empty list is like none.
func same(a, b any) bool {
	return reflect.DeepEqual(tidy(reflect.ValueOf(a)).Interface(), tidy(reflect.ValueOf(b)).Interface())
}

// tidy copies a record with its empty lists set to nil.
func tidy(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	if v.Kind() != reflect.Struct {
		return c
	}
	for i := range c.NumField() {
		if f := c.Field(i); f.Kind() == reflect.Slice && f.Len() == 0 {
			f.SetZero()
		}
	}
	return c
}
