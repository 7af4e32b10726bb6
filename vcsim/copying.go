package main

import (
	"reflect"
	"sync"
)

// detach makes a copy of something share nothing with it that may change: neither what pointers lead to nor the elements of
// arrays.
func detach(v reflect.Value) { shapeOf(v.Type()).detach(v) }

// copied is a copy of a value that shares nothing with it that may change.
func copied(value any) any {
	v := reflect.ValueOf(value)
	if !v.IsValid() {
		return nil
	}
	return shapeOf(v.Type()).copied(v).Interface()
}

// shape is what there is to know of a type to copy its values; Go would work it out for each of them.
type shape struct {
	kind   reflect.Kind
	shares bool // a plain copy may share something with the original
	fields []part
	inner  func() *shape // of elements, or what a pointer leads to
}

// part is a field of a struct that may share something.
type part struct {
	index int
	shape *shape
}

var shapes sync.Map // by type

func shapeOf(t reflect.Type) *shape {
	if known, ok := shapes.Load(t); ok {
		return known.(*shape)
	}
	s := &shape{kind: t.Kind()}
	switch s.kind {
	case reflect.Pointer, reflect.Slice:
		s.shares = true
		s.inner = sync.OnceValue(func() *shape { return shapeOf(t.Elem()) }) // later, as it may be of this very type
	case reflect.Interface:
		s.shares = true
	case reflect.Struct:
		for i := range t.NumField() {
			if of := shapeOf(t.Field(i).Type); of.shares && t.Field(i).IsExported() {
				s.fields = append(s.fields, part{i, of})
			}
		}
		s.shares = len(s.fields) > 0
	}
	shapes.Store(t, s)
	return s
}

// detach sees to a value that is a plain copy.
func (s *shape) detach(v reflect.Value) {
	switch {
	case !s.shares:
	case s.kind == reflect.Struct:
		for _, f := range s.fields {
			f.shape.detach(v.Field(f.index))
		}
	case !v.IsNil():
		v.Set(s.copied(v))
	}
}

func (s *shape) copied(v reflect.Value) reflect.Value {
	switch {
	case !s.shares || s.kind != reflect.Struct && v.IsNil():
		return v
	case s.kind == reflect.Interface:
		return shapeOf(v.Elem().Type()).copied(v.Elem())
	case s.kind == reflect.Slice:
		return s.elements(v)
	case s.kind == reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		fresh.Elem().Set(v.Elem())
		s.inner().detach(fresh.Elem())
		return fresh
	}
	fresh := reflect.New(v.Type()).Elem()
	fresh.Set(v)
	s.detach(fresh)
	return fresh
}

func (s *shape) elements(v reflect.Value) reflect.Value {
	fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(fresh, v)
	if of := s.inner(); of.shares {
		for i := range v.Len() {
			of.detach(fresh.Index(i))
		}
	}
	return fresh
}
