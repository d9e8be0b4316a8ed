// Door 3, production: HTTP over real sockets. It and its clients must be destroyed before the io_context, on its
// thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "platform/http.hpp"
#include "platform/real/resolver.hpp"

namespace garner {

/// What no setting says. Tests shrink the times.
struct RealNetworkOptions {
    Duration resolve{10'000};
    Duration resolved_keep{30'000};
    Duration connect{15'000};             ///< name, connection, proxy and TLS handshake together
    Duration connect_address{5'000};      ///< for one address of several
    Duration idle{60'000};                ///< a download that brings nothing for so long has stalled
    Duration rate_window{60'000};         ///< ... and so has one that brings less than rate_bytes_min
    std::uint64_t rate_bytes_min = 1024;  ///< ... while the socket was waited for that long
    Duration keep_alive{30'000};
    std::size_t idle_connections_max = 8;  ///< per origin
    std::size_t head_bytes_max = 64 * 1024;
    LookUp look_up = look_up_by_system;
};

/// `observer` may be null.
std::unique_ptr<Network> make_real_network(asio::io_context&, HttpObserver* observer, RealNetworkOptions options = {});

}  // namespace garner
