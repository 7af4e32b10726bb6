Feature: Replicas are mounted on each host, with their signature kept
  A replica of a VMFS volume carries the signature of its original. A host mounts it only when it is told to, for one boot or
  for all, and only where it cannot be taken for the original.

  @VCD-04 @product:vcd
  Rule: A mount with "esxcfg-volume -m" does not survive a reboot; with "-M", or by esxcli, it does

    Background:
      Given two sites
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to "esx-b01"
      And the operator rescans the storage of "esx-b01"

    Scenario Outline: A persistent mount is there again after a reboot
      Given the operator mounts the replicas of "cg-tenants" with "<command>" on "esx-b01"
      When the operator reboots "esx-b01"
      Then the datastores of "cg-tenants" are accessible on "esx-b01"
      And nothing else has changed

      Examples:
        | command                              |
        | esxcfg-volume -M                     |
        | esxcli storage vmfs snapshot mount -u |

    @twin:mounted-for-one-boot
    Example: A mount for one boot is gone after a reboot
      Given the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on "esx-b01"
      When the operator reboots "esx-b01"
      Then the datastore "tenant-vmfs01" is not accessible on "esx-b01"
      And "esx-b01" lists a copy of the datastore "tenant-vmfs01" that it can mount
      And the datastore "tenant-vmfs02" is not accessible on "esx-b01"
      And the datastore "tenant-vmfs03" is not accessible on "esx-b01"
      And the datastore "tenant-vmfs04" is not accessible on "esx-b01"
      And nothing else has changed

  @VCD-05 @product:vcd
  Rule: A copy is not mounted beside its original, while it is read-only, or where it is not presented

    Example: The original is still online on the host
      Given two sites
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to "esx-a01"
      And the operator rescans the storage of "esx-a01"
      When the operator runs "esxcfg-volume -m tenant-vmfs01" on "esx-a01"
      Then the command fails and names "the original volume is still online"
      And "esx-a01" lists a copy of the datastore "tenant-vmfs01" that it cannot mount: "the original volume is still online"
      And the datastore "tenant-vmfs01" is accessible on "esx-a01"
      And nothing else has changed

    Example: The replica is still read-only
      Given two sites with "replicas presented beforehand"
      When the operator runs "esxcfg-volume -m tenant-vmfs01" on "esx-b01"
      Then the command fails and names "its device is read-only"
      And "esx-b01" lists a copy of the datastore "tenant-vmfs01" that it cannot mount: "its device is read-only"
      And the replication of "cg-tenants" is "replicating"
      And nothing else has changed

    Example: The replica is not presented to the host
      Given two sites
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator rescans the storage of "esx-b01"
      When the operator runs "esxcfg-volume -m tenant-vmfs01" on "esx-b01"
      Then the command fails and names "tenant-vmfs01"
      And "esx-b01" lists no copy of the datastore "tenant-vmfs01"
      And the replication of "cg-tenants" is "broken"
      And nothing else has changed

    Example: The host has not rescanned since the replica was presented
      Given two sites
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      When the operator presents the replicas of "cg-tenants" to "esx-b01"
      Then "esx-b01" lists no copy of the datastore "tenant-vmfs01"
      And nothing else has changed

    Example: A rescan shows a replica that has been presented, writable, without its original
      Given two sites
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to "esx-b01"
      When the operator rescans the storage of "esx-b01"
      Then "esx-b01" lists a copy of the datastore "tenant-vmfs01" that it can mount
      And nothing else has changed

    Example: Where replicas are presented beforehand, breaking the replication is enough
      Given two sites with "replicas presented beforehand"
      When the operator breaks the replication of "cg-tenants"
      Then "esx-b01" lists a copy of the datastore "tenant-vmfs01" that it can mount
      And the replication of "cg-tenants" is "broken"
      And nothing else has changed
