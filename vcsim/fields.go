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
	p := place{v.Type(), name}
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
	if index == nil {
		return reflect.Value{}
	}
	return v.FieldByIndex(index)
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

// keyOf is the key of an array's element.
func keyOf(item reflect.Value) any {
	for item.Kind() == reflect.Pointer || item.Kind() == reflect.Interface {
		item = item.Elem()
	}
	if !item.IsValid() || item.Kind() != reflect.Struct {
		return nil
	}
	if key := fieldOf(item, "Key"); key.IsValid() {
		return key.Interface()
	}
	return nil
}
