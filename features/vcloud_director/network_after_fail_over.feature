Feature: The tenants' VMs have their network at the recovery site
  vSphere HA registers a VM on a host that has never seen its port. The host takes the port over by the port file on the replica,
  on its own copy of the distributed switch. Nobody says whether hosts that miss the port files of a late mount also miss those of
  VMs that are registered on them later: both readings are shown.

  @VCD-11 @product:vcd
  Rule: After the fail-over each VM has a network connection

    @without-defect:ports-lost-when-storage-is-late
    Example: Each VM has its connection, on its port
      Given two sites
      And the "protected" site is lost
      And the operator recovers "vc-res" and the other VMs of "cg-management" at "vc-mgmt-b"
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And every VM on the recovery hosts has a network connection, on the port that it had
      And "esx-b01" has the switch "dvs-cloud"
      And the datastore "tenant-vmfs01" holds the port file of "edge-acme"
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @defect:ports-lost-when-storage-is-late
    Example: Where a late mount spares VMs that are registered later, each has its connection
      Given a late mount "spares" VMs that are registered later
      And two sites
      And the "protected" site is lost
      And the operator recovers "vc-res" and the other VMs of "cg-management" at "vc-mgmt-b"
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And every VM on the recovery hosts has a network connection, on the port that it had
      And "esx-b01" has the switch "dvs-cloud"
      And the datastore "tenant-vmfs01" holds the port file of "edge-acme"
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:late-mount-without-agent-restart @defect:ports-lost-when-storage-is-late
    Example: Where a late mount hits VMs that are registered later, none has one
      Given a late mount "hits" VMs that are registered later
      And two sites
      And the "protected" site is lost
      And the operator recovers "vc-res" and the other VMs of "cg-management" at "vc-mgmt-b"
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And no VM on the recovery hosts has a network connection
      And the log "/var/log/vmkernel.log" of "esx-b01" names the port file of "acme-lab-01"
      And the datastore "tenant-vmfs01" holds the port file of "edge-acme"
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @defect:ports-lost-when-storage-is-late
    Scenario Outline: A restart of the agents after the mount is safe under both readings
      Given a late mount "<effect>" VMs that are registered later
      And two sites
      And the "protected" site is lost
      And the operator recovers "vc-res" and the other VMs of "cg-management" at "vc-mgmt-b"
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      And the operator runs "services.sh restart" on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And every VM on the recovery hosts has a network connection, on the port that it had
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

      Examples:
        | effect |
        | hits   |
        | spares |

    @twin:switch-missing-on-recovery-host
    Example: On a host without the switch of the port groups no VM has a connection
      Given a late mount "spares" VMs that are registered later
      And two sites
      And "esx-b01" loses its power
      And the file "/etc/vmware/dvsdata.db" of "esx-b01" is lost
      And the "protected" site is lost
      And "esx-b01" gets its power back
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And the VMs on "esx-b01" have no network connection, and those on the other recovery hosts have
      And "esx-b01" has no switch "dvs-cloud"
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:port-group-missing-on-recovery-host
    Example: On a host that does not know a port group the VM in it has no connection
      Given a late mount "spares" VMs that are registered later
      And two sites
      And "esx-b01" loses its power
      And the operator creates the static port group "acme-new" on the switch "dvs-cloud"
      And the operator connects "acme-mail-01" to the port group "acme-new"
      And the hosts synchronize their port files
      And the "protected" site is lost
      And "esx-b01" gets its power back
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      When the operator takes "esx-b01" out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And all VMs that run on the recovery hosts run on "esx-b01"
      And "acme-mail-01" on a recovery host has no network connection, and the other VMs there have
      And the log "/var/log/vmkernel.log" of "esx-b01" names "acme-mail-01.eth0: no port group"
      And "esx-b01" has the switch "dvs-cloud"
      And "esx-b01" is not in maintenance mode
      And nothing else has changed
