package main

import (
	"context"
	"reflect"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/types"
)

// Hosts that were there before the extension and hosts that a client adds have what the template lacks, each for itself.
func TestHostsHaveTheWholeConfiguration(t *testing.T) {
	v := newVcenter(t)
	client := v.client(testLogins.operator)
	cluster, err := find.NewFinder(client.Client).DefaultClusterComputeResource(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	task, err := cluster.AddHost(context.Background(), types.HostConnectSpec{HostName: "added", UserName: "root", Force: true}, true, nil, nil)
	if err == nil {
		err = task.Wait(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	hosts := v.model.Map().All("HostSystem")
	for _, entity := range hosts {
		host := entity.(*simulator.HostSystem)
		manager := v.model.Map().Get(*host.ConfigManager.CertificateManager).(*simulator.HostCertificateManager)
		if len(host.Config.Certificate) == 0 || manager.CertificateInfo.Subject == "" {
			t.Errorf("%s has no certificate", host.Name)
		}
		if got := len(host.Config.Firewall.Ruleset); got == 0 || len(host.Config.Firewall.Ruleset) != len(common.Firewall.Ruleset) {
			t.Errorf("%s has %d firewall rules", host.Name, got)
		}
		if host.Config.Host != host.Self || len(host.Config.Network.Vswitch) == 0 || len(host.Config.Option) == 0 {
			t.Errorf("%s lacks a part of its configuration", host.Name)
		}
		networks := v.model.Map().Get(*host.ConfigManager.NetworkSystem).(*simulator.HostNetworkSystem)
		if got := networks.NetworkInfo.Portgroup; !reflect.DeepEqual(got, common.Network.Portgroup) {
			t.Errorf("%s shows the port groups %v", host.Name, got)
		}
	}
	one, other := hosts[0].(*simulator.HostSystem), hosts[1].(*simulator.HostSystem)
	one.Config.Firewall.Ruleset[0].Key, *one.Config.WakeOnLanCapable = "changed", !*one.Config.WakeOnLanCapable
	one.Config.StorageDevice.ScsiLun[0].GetScsiLun().Key = "changed"
	if other.Config.Firewall.Ruleset[0].Key == "changed" || other.Config.StorageDevice.ScsiLun[0].GetScsiLun().Key == "changed" ||
		*other.Config.WakeOnLanCapable == *one.Config.WakeOnLanCapable || esx.HostSystem.Config.Firewall != nil {
		t.Error("hosts share what is in their configurations")
	}
}
