// The calls that appliances make when a backup is finished: a plain POST, once, whatever becomes of it.
#pragma once

#include <boost/asio/io_context.hpp>

#include "sandbox/world.hpp"

namespace garner::sandbox {

/// Looks for due calls and makes them until the io_context ends. The world must outlive it.
void start_notifier(boost::asio::io_context&, World&);

}  // namespace garner::sandbox
