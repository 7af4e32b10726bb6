Feature: A linked clone needs every link of its chain
  The OS disk of a desktop holds what differs from the replica of its pool, and names that replica by the volume it lies on. All of
  replica, OS disk and persistent disk have to be there, as the same volumes.

  @VIEW-07 @capability:view-composer @product:srm
  Rule: Desktops come up when their chains are whole, and every user has the one that was assigned

    Background:
      Given two sites with View
      And the operator notes the ids of "vc-desk"
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the operator breaks the replication of "cg-desktops"
      And the operator makes the replicas of "cg-desktops" writable
      And the operator presents the replicas of "cg-desktops" to the recovery hosts
      And the operator rescans the storage of the recovery hosts

    Example: All volumes are mounted with their signature kept
      When the operator mounts the replicas of "cg-desktops" with "esxcfg-volume -m" on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And "esx-b01" can open the disks of "office-10"
      And each user gets the same desktop as when the site was lost
      And the datastores of "cg-desktops" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:replica-volume-left-out
    Example: The volume of the replicas is left out: whole pools are down
      When the operator mounts the replicas of "cg-desktops" with "esxcfg-volume -m" on the recovery hosts, all but "view-replica"
      And the operator rescans the storage of the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then no VM runs on the recovery hosts
      And "esx-b01" cannot open the disks of "office-01": "replica-office.vmdk was not found"
      And "esx-b02" cannot open the disks of "design-01": "replica-design.vmdk was not found"
      And no desktop of the pool "office" is up
      And no desktop of the pool "design" is up
      And the datastore "view-os01" is accessible on "esx-b01"
      And the datastore "view-os02" is accessible on "esx-b02"
      And the datastore "view-persistent" is accessible on "esx-b02"
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:desktop-volumes-resignatured
    Example: The volumes are resignatured: the chains lead to volumes that nobody has
      When the operator resignatures the replicas of "cg-desktops" on "esx-b01"
      And the operator rescans the storage of the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      And the operator registers the copy of "office-01" on "esx-b01" as "office-01-copy"
      And the operator tries to power on "office-01-copy"
      Then the attempt fails: "InvalidDatastore"
      And "esx-b01" cannot open the disks of "office-01-copy": "replica-office.vmdk was not found"
      And no VM runs on the recovery hosts
      And "office-01-copy" has another id than "office-01" had
      And "vc-desk" shows the replicas of "cg-desktops" as other datastores, named "snap-"
      And no desktop of the pool "office" is up
      And the recovery hosts are not in maintenance mode
      And nothing else has changed
