// Requests to the control socket: from the same machine, and still not believed.
#include "fuzz/fuzz.hpp"
#include "service/control_server.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
    const auto request = parse_control_request(std::string(fuzz::text_of(data, size)));
    if (request)
        fuzz::require(!request->command.empty(), "a request has a command");
    else
        fuzz::require_printable(request.error());
    return 0;
}
