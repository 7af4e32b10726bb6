package main

import (
	"path"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// maker keeps the devices of VMs that the laboratory lets vcsim make apart from them until they are made. vcsim looks for disks
// among them again and again, and each time Go searches the type of each: that is a third of what a VM takes. Only those VMs are
// concerned that get no devices but what vcsim gives to all.
type maker struct {
	mu    sync.Mutex
	due   map[newcomer]int
	apart map[ref][]types.BaseVirtualDevice
}

// newcomer is a VM that is to be made: in a folder, and with a directory for its files, which no other one can have.
type newcomer struct {
	folder    ref
	directory string
}

// makeLightly has VMs made so, where the laboratory orders them.
func makeLightly(registry *simulator.Registry) *maker {
	m := &maker{due: make(map[newcomer]int), apart: make(map[ref][]types.BaseVirtualDevice)}
	registry.AddHandler(m)
	return m
}

// expect is told of a call; the function that it returns, of its end.
func (m *maker) expect(folder ref, args any) func() {
	var vmx string
	switch a := args.(type) {
	case *types.CreateVM_Task:
		if len(a.Config.DeviceChange) == 0 && a.Config.Files != nil {
			vmx = a.Config.Files.VmPathName
		}
	case *types.RegisterVM_Task:
		vmx = a.Path
	}
	if path.Ext(vmx) != ".vmx" {
		return func() {}
	}
	due := newcomer{folder, path.Dir(vmx)}
	m.count(due, 1)
	return func() { m.count(due, -1) }
}

func (m *maker) count(due newcomer, calls int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.due[due] += calls; m.due[due] == 0 {
		delete(m.due, due)
	}
}

// Reference makes maker an mo.Reference, the name of a handler.
func (m *maker) Reference() ref { return ref{Type: elsewhere.Type, Value: "maker"} }

// PutObject takes the devices from a VM that is due. It has no host yet, nor a name.
func (m *maker) PutObject(_ *simulator.Context, obj mo.Reference) {
	vm, ok := obj.(*simulator.VirtualMachine)
	if !ok || vm.Runtime.Host != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.due[newcomer{*vm.Parent, vm.Config.Files.SnapshotDirectory}] > 0 {
		m.apart[vm.Self], vm.Config.Hardware.Device = vm.Config.Hardware.Device, nil
	}
}

// UpdateObject gives them back: the last thing that happens to a VM that is made is that it gets its name.
func (m *maker) UpdateObject(_ *simulator.Context, obj mo.Reference, _ []types.PropertyChange) {
	vm, ok := obj.(*mo.VirtualMachine)
	if !ok {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if devices, ok := m.apart[vm.Self]; ok {
		vm.Config.Hardware.Device = devices
		delete(m.apart, vm.Self)
	}
}

// RemoveObject forgets a VM that could not be made.
func (m *maker) RemoveObject(_ *simulator.Context, id ref) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.apart, id)
}
