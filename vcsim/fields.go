package main

import (
	"path"
	"reflect"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
)

// place is a field of a type. Go looks a field up among all of a type and of what it embeds, each time anew.
type place struct {
	in   reflect.Type
	name string
}

var places = struct {
	sync.RWMutex
	known map[place][]int
}{known: make(map[place][]int)}

// fieldOf is the field of that name of a struct; not valid where it has none.
func fieldOf(v reflect.Value, name string) reflect.Value {
	index := indexOf(v.Type(), name)
	if index == nil {
		return reflect.Value{}
	}
	return v.FieldByIndex(index)
}

// indexOf is where a struct has the field of that name; nil where it has none.
func indexOf(t reflect.Type, name string) []int {
	p := place{t, name}
	places.RLock()
	index, known := places.known[p]
	places.RUnlock()
	if !known {
		if f, ok := p.in.FieldByName(name); ok {
			index = f.Index
		}
		places.Lock()
		places.known[p] = index
		places.Unlock()
	}
	return index
}

// managed is govmomi's managed object in one of vcsim's own types, which have it as their first field.
func managed(obj mo.Reference) reflect.Value {
	v := reflect.Indirect(reflect.ValueOf(obj))
	for path.Base(v.Type().PkgPath()) != "mo" {
		v = reflect.Indirect(v.Field(0))
	}
	return v
}

func fieldName(name string) string {
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// keyOf is the key of an array's element; not valid where it has none.
func keyOf(item reflect.Value) reflect.Value {
	for item.Kind() == reflect.Pointer || item.Kind() == reflect.Interface {
		item = item.Elem()
	}
	if !item.IsValid() || item.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return fieldOf(item, "Key")
}

// isKey tells whether it is that key, which is a number or a text.
func isKey(v reflect.Value, key any) bool {
	switch k := key.(type) {
	case int32:
		return v.Kind() == reflect.Int32 && v.Int() == int64(k)
	case string:
		return v.Kind() == reflect.String && v.String() == k
	}
	return false
}
