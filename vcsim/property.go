package main

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/json"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// change is one property that gets a value, or the element of that key in an array.
type change struct {
	mo.Field
	list  reflect.Type // the array's type, where the path has a key
	value any          // nil: unset, or removed
}

var (
	declarations  sync.Map // the declared types of properties, by type and path
	typeNameField = []byte(`{"_typeName": "`)
	unmarshaler   = reflect.TypeFor[json.Unmarshaler]()
)

// readChange reads the value that comes next as the property needs it.
func readChange(dec *json.Decoder, kind, spec string) (c change, err error) {
	if !c.FromString(spec) || c.Item != "" {
		return c, fmt.Errorf("not the path of a property, nor of an array's element")
	}
	t, err := declared(kind, c.Path)
	if err != nil {
		return c, err
	}
	if c.Key == nil {
		c.value, err = readAs(dec, t)
		return c, err
	}
	if t.Kind() != reflect.Slice {
		return c, fmt.Errorf("%s is no array", c.Path)
	}
	if f, ok := inner(t.Elem()).FieldByName("Key"); !ok || f.Type != reflect.TypeOf(c.Key) {
		return c, fmt.Errorf("%s has no elements with such a key", c.Path)
	}
	c.list = t
	if c.value, err = readAs(dec, t.Elem()); err == nil && c.value != nil && !isKey(keyOf(reflect.ValueOf(c.value)), c.Key) {
		err = fmt.Errorf("the element has the key %v", keyOf(reflect.ValueOf(c.value)))
	}
	return c, err
}

// readAs reads the value that comes next; of an object it looks whether its name for itself is one that fits. null is nil.
func readAs(dec *json.Decoder, t reflect.Type) (any, error) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if kind, ok := named(dec); ok && (kind == t || isBase(t) && reflect.PointerTo(kind).Implements(t)) {
		return readObject(dec, kind, t)
	}
	if isObject(t) {
		var v any
		err := dec.Decode(&v)
		return v, fits(v, t, err)
	}
	if t.Kind() == reflect.Slice && (isObject(t.Elem()) || isBase(t.Elem())) {
		return readList(dec, t)
	}
	v := reflect.New(reflect.PointerTo(t))
	if err := dec.Decode(v.Interface()); err != nil || v.Elem().IsNil() {
		return nil, err
	}
	return v.Elem().Elem().Interface(), nil
}

// named is the type that the object that comes next names, where that is the first that it says and the decoder has it already.
func named(dec *json.Decoder) (reflect.Type, bool) {
	var start [96]byte
	n, _ := dec.Buffered().Read(start[:])
	_, after, ok := bytes.Cut(start[:n], typeNameField)
	if !ok || len(bytes.Trim(start[:n-len(after)-len(typeNameField)], ":, ")) > 0 {
		return nil, false
	}
	name, _, ok := bytes.Cut(after, []byte{'"'})
	if !ok {
		return nil, false
	}
	kind, ok := types.TypeFunc()(string(name))
	return kind, ok && isObject(kind)
}

// readObject reads an object whose type is known: left to find that out, the decoder reads each object thrice.
func readObject(dec *json.Decoder, kind, t reflect.Type) (any, error) {
	v := reflect.New(kind)
	if err := dec.Decode(v.Interface()); err != nil {
		return nil, err
	}
	if isBase(t) {
		return v.Interface(), nil
	}
	return v.Elem().Interface(), nil
}

// readList reads the array of objects that comes next, one by one: the decoder copies what is left of an array for each of them.
func readList(dec *json.Decoder, t reflect.Type) (any, error) {
	list := reflect.MakeSlice(t, 0, 0)
	given, err := elements(dec, func() error {
		v, err := readAs(dec, t.Elem())
		if err == nil && v == nil {
			err = fmt.Errorf("null among the elements of an array")
		}
		if err == nil {
			list = reflect.Append(list, reflect.ValueOf(v))
		}
		return err
	})
	if err != nil || !given {
		return nil, err
	}
	return list.Interface(), nil
}

func isObject(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(unmarshaler)
}

// isBase tells whether it is the interface of a type and those derived from it, which are pointers then.
func isBase(t reflect.Type) bool { return t.Kind() == reflect.Interface && t.NumMethod() > 0 }

func fits(v any, t reflect.Type, err error) error {
	if err == nil && v != nil && !reflect.TypeOf(v).AssignableTo(t) {
		return fmt.Errorf("a %s where a %s belongs", reflect.TypeOf(v).Name(), t.Name())
	}
	return err
}

// declared is the type of a property, as govmomi has it.
func declared(kind, spec string) (reflect.Type, error) {
	known, ok := declarations.Load(kind + "/" + spec)
	if ok {
		return known.(reflect.Type), nil
	}
	obj, err := bare(ref{Type: kind})
	if err != nil {
		return nil, err
	}
	t := reflect.TypeOf(obj)
	for _, name := range strings.Split(spec, ".") {
		t = inner(t)
		if t.Kind() != reflect.Struct {
			return nil, fmt.Errorf("%s: property not found", spec)
		}
		f, ok := t.FieldByName(fieldName(name))
		if !ok || f.Anonymous || f.Name == "Self" {
			return nil, fmt.Errorf("%s: property not found", spec)
		}
		t = f.Type
	}
	declarations.Store(kind+"/"+spec, t)
	return t, nil
}

// inner is the type whose fields a value of type t has, as far as its declaration tells.
func inner(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Interface {
		if base, ok := types.TypeFunc()(strings.TrimPrefix(t.Name(), "Base")); ok {
			t = base
		}
	}
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// current is a property's value; nil where something on the way to it is unset.
func current(obj mo.Reference, spec string) any {
	v := managed(obj)
	for _, name := range strings.Split(spec, ".") {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if !v.IsValid() {
			return nil
		}
		v = fieldOf(v, fieldName(name))
	}
	return v.Interface()
}

// edited is a copy of the list with the element replaced, added or removed.
func (c change) edited(list any) (any, error) {
	old := reflect.MakeSlice(c.list, 0, 0)
	if list != nil {
		old = reflect.ValueOf(list)
	}
	at := c.place(old)
	if at == old.Len() && c.value == nil {
		return nil, fmt.Errorf("there is no element with the key %v to remove", c.Key)
	}
	made := reflect.AppendSlice(reflect.MakeSlice(c.list, 0, old.Len()+1), old.Slice(0, at))
	if c.value != nil {
		made = reflect.Append(made, reflect.ValueOf(c.value))
	}
	if at < old.Len() {
		made = reflect.AppendSlice(made, old.Slice(at+1, old.Len()))
	}
	return made.Interface(), nil
}

// place is where the list has the element of the key, or its end.
func (c change) place(list reflect.Value) int {
	for i := range list.Len() {
		if isKey(keyOf(list.Index(i)), c.Key) {
			return i
		}
	}
	return list.Len()
}
