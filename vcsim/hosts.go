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
	network := &types.HostNetworkInfo{Vnic: common.Network.Vnic}
	esx.HostSystem.Config = &types.HostConfigInfo{Product: common.Product, Network: network}
}

// outfitter is told of all objects that vcsim gets. What vcsim lets all hosts of all vCenters share is one for each vCenter.
type outfitter struct{ storage types.HostStorageDeviceInfo }

// outfitHosts sees to the hosts that there are, and those to come.
func outfitHosts(registry *simulator.Registry) {
	o := &outfitter{esx.HostStorageDeviceInfo}
	detach(reflect.ValueOf(&o.storage).Elem())
	ctx := &simulator.Context{Map: registry}
	for _, obj := range registry.AllReference("") {
		o.PutObject(ctx, obj)
	}
	registry.AddHandler(o)
}

// Reference makes outfitter an mo.Reference, the name of a handler.
func (o *outfitter) Reference() ref { return ref{Type: elsewhere.Type, Value: "outfitter"} }

// PutObject gives each new host its configuration, and what else is not to be that of other vCenters' hosts and datastores.
func (o *outfitter) PutObject(ctx *simulator.Context, obj mo.Reference) {
	switch made := obj.(type) {
	case *simulator.HostCertificateManager:
		outfit(ctx, made)
	case *simulator.HostStorageSystem:
		made.StorageDeviceInfo = &o.storage
		detach(reflect.ValueOf(&made.HBA).Elem())
	case *simulator.Datastore:
		detach(reflect.ValueOf(&made.Capability).Elem())
	}
}

// outfit waits for the certificate manager that each new host has.
func outfit(ctx *simulator.Context, manager *simulator.HostCertificateManager) {
	if len(manager.Host.Config.Certificate) > 0 {
		return
	}
	own := manager.Host.Config
	fresh := common
	detach(reflect.ValueOf(&fresh).Elem())
	fresh.Host, fresh.Option, fresh.OptionDef = own.Host, own.Option, own.OptionDef
	fresh.Network.Vnic = own.Network.Vnic
	*own = fresh
	networks := ctx.Map.Get(*manager.Host.ConfigManager.NetworkSystem).(*simulator.HostNetworkSystem)
	networks.NetworkInfo.Portgroup = append(fresh.Network.Portgroup, networks.NetworkInfo.Portgroup...)
	manager.InstallServerCertificate(ctx, &types.InstallServerCertificate{This: manager.Self, Cert: string(common.Certificate)})
}

// UpdateObject is of no concern.
func (o *outfitter) UpdateObject(*simulator.Context, mo.Reference, []types.PropertyChange) {}

// RemoveObject is of no concern.
func (o *outfitter) RemoveObject(*simulator.Context, ref) {}
