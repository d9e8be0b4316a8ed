// Tulip: machine activity archives. POST starts, GET polls, a presigned URL brings one CSV. Only the CSV archive gets
// at this data: the Tables API does not. What a newcomer gets wrong: a start has no time range and no key, and no call
// lists archive jobs, so an id whose answer was lost cannot be found again.
#pragma once

#include <memory>

#include "connectors/connector.hpp"

namespace garner {

std::unique_ptr<Connector> make_tulip_connector(const SourceSettings&, ConnectorTools);

}  // namespace garner
