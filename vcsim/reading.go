package main

import (
	"bytes"
	"reflect"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// reading is RetrieveProperties or RetrievePropertiesEx. vcsim copies all that is read by way of XML, so that it does not
// change before it is encoded: here it is encoded at once, while its object is locked. The answer is the same.
type reading struct {
	unlocked
	collector mo.Reference
	method    string
}

// reader is what reads instead of vcsim, where that is what is called.
func reader(ctx *simulator.Context, m *simulator.Method) mo.Reference {
	if m.Name != "RetrieveProperties" && m.Name != "RetrievePropertiesEx" {
		return nil
	}
	r := &reading{collector: ctx.Session.Get(m.This), method: m.Name}
	m.This, m.Name = elsewhere, "Run"
	return r
}

// Reference makes reading an mo.Reference.
func (r *reading) Reference() ref { return elsewhere }

// Run is the method. What is out of the ordinary, or fails, is left to vcsim.
func (r *reading) Run(ctx *simulator.Context, args any) soap.HasFault {
	a := &answer{ctx: ctx, element: "returnval", seen: make(map[ref]bool)}
	a.encoder = xml.NewEncoder(&a.out)
	plain := true
	switch req := args.(type) {
	case *types.RetrieveProperties:
		a.specs = req.SpecSet
	case *types.RetrievePropertiesEx:
		a.specs, a.element, plain = req.SpecSet, "objects", req.Options.MaxObjects <= 0
	}
	if !plain || !a.collect() {
		method := reflect.ValueOf(r.collector).MethodByName(r.method)
		return method.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(args)})[0].Interface().(soap.HasFault)
	}
	if a.element == "objects" {
		return &response{Res: &returns{method: r.method, encoded: "<returnval>" + a.out.String() + "</returnval>"}}
	}
	return &response{Res: &returns{method: r.method, encoded: a.out.String()}}
}

// answer is what the specs ask for, as XML.
type answer struct {
	ctx     *simulator.Context
	specs   []types.PropertyFilterSpec
	element string
	seen    map[ref]bool
	out     bytes.Buffer
	encoder *xml.Encoder
}

// collect encodes the objects that the specs select; false where vcsim has to see to that.
func (a *answer) collect() bool {
	var found []ref
	for _, spec := range a.specs {
		for _, o := range spec.ObjectSet {
			ok := selectsPlainly(o) && plain(spec.PropSet)
			if ok {
				a.ctx.WithLock(o.Obj, func() { ok = a.begin(o, &found) })
			}
			if !ok {
				return false
			}
		}
	}
	for _, id := range found {
		ok := true
		a.ctx.WithLock(id, func() { ok = a.add(id) })
		if !ok {
			return false
		}
	}
	return true
}

// begin encodes the object where a selection begins, and finds those that it leads to.
func (a *answer) begin(o types.ObjectSpec, found *[]ref) bool {
	obj, ok := a.object(o.Obj)
	if !ok {
		return false
	}
	*found = append(*found, selected(obj, o.SelectSet)...)
	return o.SelectSet != nil && isTrue(o.Skip) || a.add(o.Obj)
}

// plain tells whether properties are asked for by their paths.
func plain(sets []types.PropertySpec) bool {
	for _, set := range sets {
		if isTrue(set.All) {
			return false
		}
	}
	return true
}

// selectsPlainly tells whether what is selected beside the object itself is one step away.
func selectsPlainly(o types.ObjectSpec) bool {
	for _, selection := range o.SelectSet {
		step, ok := selection.(*types.TraversalSpec)
		if !ok || len(step.SelectSet) > 0 || isTrue(step.Skip) {
			return false
		}
	}
	return true
}

func isTrue(v *bool) bool { return v != nil && *v }

// selected are the objects that the steps lead to.
func selected(obj reflect.Value, steps []types.BaseSelectionSpec) (found []ref) {
	for _, step := range steps {
		value, _ := shown(obj, step.(*types.TraversalSpec).Path)
		switch to := value.(type) {
		case ref:
			found = append(found, to)
		case *types.ArrayOfManagedObjectReference:
			found = append(found, to.ManagedObjectReference...)
		}
	}
	return found
}

// object is what the session has under that reference.
func (a *answer) object(id ref) (reflect.Value, bool) {
	obj := a.ctx.Session.Get(id)
	if obj == nil {
		return reflect.Value{}, false
	}
	if other, ok := obj.(interface{ Get() mo.Reference }); ok {
		obj = other.Get()
	}
	return managed(obj), true
}

// add encodes an object once, if its type is asked for; false where that fails. One that is gone is left out.
func (a *answer) add(id ref) bool {
	obj, there := a.object(id)
	if a.seen[id] || !there {
		return true
	}
	a.seen[id] = true
	content, asked := types.ObjectContent{Obj: id}, false
	for _, spec := range a.specs {
		for _, set := range spec.PropSet {
			if set.Type == id.Type || isA(obj.Type(), set.Type) {
				asked = true
				fill(&content, obj, set.PathSet)
			}
		}
	}
	if !asked {
		return true
	}
	return a.encoder.EncodeElement(content, xml.StartElement{Name: xml.Name{Local: a.element}}) == nil
}

// isA tells whether that is the name of the type, or of one that it is derived from.
func isA(t reflect.Type, name string) bool {
	if t.Name() == name {
		return true
	}
	index := indexOf(t, name)
	return index != nil && t.FieldByIndex(index).Anonymous
}

// fill adds the properties at the paths, each once: those that have a value, and those that there are not.
func fill(content *types.ObjectContent, obj reflect.Value, paths []string) {
	seen := make(map[string]bool)
	for _, p := range content.PropSet {
		seen[p.Name] = true
	}
	for _, spec := range paths {
		if seen[spec] {
			continue
		}
		seen[spec] = true
		value, ok := shown(obj, spec)
		if !ok {
			fault := types.LocalizedMethodFault{Fault: &types.InvalidProperty{Name: spec}}
			content.MissingSet = append(content.MissingSet, types.MissingProperty{Path: spec, Fault: fault})
		} else if value != nil {
			content.PropSet = append(content.PropSet, types.DynamicProperty{Name: spec, Val: value})
		}
	}
}

// shown is the value at a path, in the form of an answer; nil where it is unset, false where there is no such property.
func shown(obj reflect.Value, spec string) (any, bool) {
	var f mo.Field
	if !f.FromString(spec) {
		return nil, false
	}
	value, ok := read(obj, f.Path)
	switch {
	case !ok || f.Key != nil && !value.IsValid():
		return nil, false
	case !value.IsValid() || empty(value):
		return nil, true
	case f.Key == nil:
		return wrapped(reflect.Indirect(value)), true
	}
	item, ok := element(value, f.Key)
	if !ok || item == nil || f.Item == "" {
		return item, ok
	}
	return shown(reflect.ValueOf(item), f.Item)
}

// read is the value at a path without keys, or the first on the way to it that is empty; not valid where an object of several
// types is unset, false where there is no such property.
func read(v reflect.Value, spec string) (reflect.Value, bool) {
	for _, name := range strings.Split(spec, ".") {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if !v.IsValid() {
			return v, true
		}
		if v.Kind() != reflect.Struct {
			return v, false
		}
		if v = fieldOf(v, fieldName(name)); !v.IsValid() {
			return v, false
		}
		if empty(v) {
			return v, true
		}
	}
	return v, true
}

func empty(v reflect.Value) bool {
	return v.Kind() == reflect.Pointer && v.IsNil() || v.Kind() == reflect.String && v.Len() == 0
}

// element is the element of that key; nil where there is none, false where it cannot have one.
func element(list reflect.Value, key any) (any, bool) {
	if list.Kind() != reflect.Slice {
		return nil, false
	}
	for i := range list.Len() {
		found := keyOf(list.Index(i))
		if !found.IsValid() || found.Type() != reflect.TypeOf(key) {
			return nil, false
		}
		if isKey(found, key) {
			item := list.Index(i)
			for item.Kind() == reflect.Interface || item.Kind() == reflect.Pointer {
				item = item.Elem()
			}
			return item.Interface(), true
		}
	}
	return nil, true
}

// plainNames are those of arrays of what is no object.
var plainNames = map[reflect.Kind]string{
	reflect.String: "String", reflect.Uint8: "Byte", reflect.Int16: "Short", reflect.Int32: "Int", reflect.Int64: "Long",
}

// wrapped is a value as it stands where any type may stand: an array names its type.
func wrapped(v reflect.Value) any {
	if v.Kind() != reflect.Slice {
		return v.Interface()
	}
	element := v.Type().Elem()
	name := strings.TrimPrefix(element.Name(), "Base")
	if element.PkgPath() == "" {
		name = plainNames[element.Kind()]
	}
	kind, ok := types.TypeFunc()("ArrayOf" + name)
	if !ok {
		return v.Interface()
	}
	array := reflect.New(kind)
	array.Elem().FieldByName(name).Set(v)
	return array.Interface()
}
