package main

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const drive = `{"_typeName": "VirtualDeviceConfigSpec", "operation": "add", "device": {"_typeName": "VirtualCdrom", "key": -1,
	"controllerKey": 200, "unitNumber": 0}}`

// made is a VM by its name.
func (v *vcenter) made(name string) *simulator.VirtualMachine {
	v.t.Helper()
	for _, entity := range v.model.Map().All("VirtualMachine") {
		if vm := entity.(*simulator.VirtualMachine); vm.Name == name {
			return vm
		}
	}
	v.t.Fatal("there is no VM", name)
	return nil
}

func TestVmsThatTheLaboratoryMakesHaveTheDevicesOfOthers(t *testing.T) {
	v := newVcenter(t)
	folder, pool := *v.vm().Parent, *v.vm().ResourcePool
	spec := types.VirtualMachineConfigSpec{Name: "other", Files: &types.VirtualMachineFileInfo{VmPathName: "[LocalDS_0]"}}
	c := v.client(testLogins.operator).Client
	task, err := object.NewFolder(c, folder).CreateVM(context.Background(), spec, object.NewResourcePool(c, pool), nil)
	if err == nil {
		err = task.Wait(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	plain := fmt.Sprintf(`CreateVM_Task {"config": {"_typeName": "VirtualMachineConfigSpec", "name": "plain", "files":
		{"_typeName": "VirtualMachineFileInfo", "vmPathName": "[LocalDS_0] plain/plain.vmx"}},
		"pool": {"type": "ResourcePool", "value": %q}}`, pool.Value)
	with := strings.Replace(strings.ReplaceAll(plain, "plain", "with"), `"name"`, `"deviceChange": [`+drive+`], "name"`, 1)
	if said := v.call(folder, plain, with); said != "" {
		t.Fatal(said)
	}
	want := v.made("other").Config.Hardware.Device
	if got := v.made("plain").Config.Hardware.Device; len(want) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d devices, want %d", len(got), len(want))
	}
	if got := v.made("with").Config.Hardware.Device; len(got) != len(want)+1 {
		t.Errorf("%d devices, want one more than %d", len(got), len(want))
	}
}

func TestOfVmsThatCannotBeMadeNothingIsKept(t *testing.T) {
	model, err := newModel(false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(model.Remove)
	x := extend(model.Service, testLogins)
	id := ref{Type: "VirtualMachine", Value: "vm-1"}
	vm := &simulator.VirtualMachine{}
	vm.Self, vm.Parent = id, &ref{Type: "Folder", Value: "group-1"}
	vm.Config = &types.VirtualMachineConfigInfo{}
	vm.Config.Files.SnapshotDirectory = "[d] a"
	vm.Config.Hardware.Device = []types.BaseVirtualDevice{&types.VirtualKeyboard{}}
	end := x.maker.expect(*vm.Parent, &types.RegisterVM_Task{Path: "[d] a/a.vmx"})
	model.Map().Put(vm)
	if len(x.maker.apart) != 1 {
		t.Fatal("its devices are not kept apart")
	}
	model.Map().Remove(model.Service.Context, id)
	end()
	if len(x.maker.apart)+len(x.maker.due) != 0 {
		t.Error("kept:", x.maker.apart, x.maker.due)
	}
}
