/// Every check of messages, in an order from simple to composed.
public let conformanceChecks: [ConformanceCheck] =
    pointToPointChecks + orderChecks + collectiveChecks + groupChecks + nonBlockingChecks + topologyChecks + taskChecks
