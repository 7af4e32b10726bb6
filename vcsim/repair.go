package main

import (
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

func init() {
	// pyvmomi names a reference in an anyType ManagedObject, which govmomi otherwise reads as nil.
	types.Add("ManagedObject", reflect.TypeOf(ref{}))
}

// fetch repairs PropertyCollector.Fetch: for an unset property vcsim answers with the body of another method, on which
// pyvmomi stumbles. A vCenter answers with no value.
type fetch struct {
	unlocked
	collector mo.Reference
}

func (f *fetch) Reference() ref { return elsewhere }

// Run is Fetch.
func (f *fetch) Run(ctx *simulator.Context, args any) soap.HasFault {
	method := reflect.ValueOf(f.collector).MethodByName("Fetch")
	var res soap.HasFault
	ctx.WithLock(f.collector, func() {
		res = method.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(args)})[0].Interface().(soap.HasFault)
	})
	if res.Fault() == nil && reflect.TypeOf(res).Elem().Name() != "FetchBody" {
		return returning("Fetch")
	}
	return res
}
