// Code that pulls its input (a library that calls back for the next bytes) run on bytes that are pushed: on a stack of
// its own, without a thread. What a newcomer gets wrong: the body must come to its end by itself once its input has
// ended, since the stacks of C libraries cannot be unwound.
#pragma once

#include <boost/context/fiber.hpp>
#include <boost/context/stack_context.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <span>

namespace garner {

class Pulled {
public:
    /// `body` begins with the first push. It must not leave by an exception through C code, and it must return soon
    /// after next() gave nothing.
    explicit Pulled(std::function<void(Pulled&)> body);
    ~Pulled();  ///< ends the input, so that the body returns
    Pulled(const Pulled&) = delete;
    Pulled& operator=(const Pulled&) = delete;

    /// Runs the body until it wants more than these bytes or has returned; then they are ignored. Rethrows what the
    /// body threw.
    void push(std::span<const std::byte> bytes);

    /// Ends the input and runs the body to its return.
    void end();

    /// For the body: the next bytes that were pushed, empty at the end. They are valid until the next call.
    std::span<const std::byte> next();

private:
    void enter();

    std::function<void(Pulled&)> body_;
    boost::context::stack_context stack_;
    boost::context::fiber inside_;   // the body, while it waits for bytes
    boost::context::fiber outside_;  // whoever pushes, while the body runs
    std::span<const std::byte> bytes_;
    std::exception_ptr thrown_;
    bool input_ended_ = false;
    // For AddressSanitizer, which must be told of every change of stacks.
    const void* outside_bottom_ = nullptr;
    std::size_t outside_size_ = 0;
};

}  // namespace garner
