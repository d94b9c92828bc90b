// The tests start whole clusters; side by side they would starve each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
