package main

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// vcsim copies its template of a host for each host by way of XML, where a certificate has an element for each of its bytes:
// half the work of adding a host. So the template lacks what is large, and each host gets that once it is made.
var common = struct {
	certificate string
	firewall    types.HostFirewallInfo
}{string(esx.HostSystem.Config.Certificate), *esx.HostSystem.Config.Firewall}

func init() {
	config := *esx.HostSystem.Config
	config.Certificate, config.Firewall = nil, nil
	esx.HostSystem.Config = &config
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
	manager.InstallServerCertificate(ctx, &types.InstallServerCertificate{This: manager.Self, Cert: common.certificate})
	firewall := common.firewall
	firewall.Ruleset = slices.Clone(firewall.Ruleset)
	manager.Host.Config.Firewall = &firewall
}

// UpdateObject is of no concern.
func (o *outfitter) UpdateObject(*simulator.Context, mo.Reference, []types.PropertyChange) {}

// RemoveObject is of no concern.
func (o *outfitter) RemoveObject(*simulator.Context, ref) {}
