package main

import (
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// vcsim copies the configuration in its template of a host for each host by way of XML: most of the work of adding a host. So
// the template has what vcsim looks at while it makes a host, and each host gets a copy of the rest once it is made.
var common = *esx.HostSystem.Config

func init() {
	network := &types.HostNetworkInfo{Portgroup: common.Network.Portgroup, Vnic: common.Network.Vnic}
	esx.HostSystem.Config = &types.HostConfigInfo{Product: common.Product, Network: network}
}

// outfitter is told of all objects that vcsim gets.
type outfitter struct{ registry *simulator.Registry }

// outfitHosts sees to the hosts that there are, and those to come.
func outfitHosts(registry *simulator.Registry) {
	o := &outfitter{registry}
	ctx := &simulator.Context{Map: registry}
	for _, manager := range registry.AllReference("HostCertificateManager") {
		o.PutObject(ctx, manager)
	}
	registry.AddHandler(o)
}

// Reference makes outfitter an mo.Reference, the name of a handler.
func (o *outfitter) Reference() ref { return ref{Type: elsewhere.Type, Value: "outfitter"} }

// PutObject waits for the certificate manager that each new host has.
func (o *outfitter) PutObject(ctx *simulator.Context, obj mo.Reference) {
	manager, ok := obj.(*simulator.HostCertificateManager)
	if !ok || len(manager.Host.Config.Certificate) > 0 {
		return
	}
	own := manager.Host.Config
	fresh := cloned(reflect.ValueOf(common)).Interface().(types.HostConfigInfo)
	fresh.Host, fresh.Option, fresh.OptionDef = own.Host, own.Option, own.OptionDef
	fresh.Network.Portgroup, fresh.Network.Vnic = own.Network.Portgroup, own.Network.Vnic
	*own = fresh
	manager.InstallServerCertificate(ctx, &types.InstallServerCertificate{This: manager.Self, Cert: string(common.Certificate)})
}

// cloned is a copy that shares nothing that may change: neither what pointers lead to nor the elements of arrays.
func cloned(v reflect.Value) reflect.Value {
	fresh := reflect.New(v.Type()).Elem()
	fresh.Set(v)
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Kind() == reflect.Pointer {
			fresh.Set(reflect.New(v.Type().Elem()))
			fresh.Elem().Set(cloned(v.Elem()))
		} else if !v.IsNil() {
			fresh.Set(cloned(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			fresh.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		}
		for i := range v.Len() {
			fresh.Index(i).Set(cloned(v.Index(i)))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fresh.Field(i).Set(cloned(v.Field(i)))
			}
		}
	}
	return fresh
}

// UpdateObject is of no concern.
func (o *outfitter) UpdateObject(*simulator.Context, mo.Reference, []types.PropertyChange) {}

// RemoveObject is of no concern.
func (o *outfitter) RemoveObject(*simulator.Context, ref) {}
