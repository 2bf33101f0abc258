# The hello-world that every gRPC library comes with, both ends:
#
#   ruby -I STUBS greeter.rb server PORT
#   ruby -I STUBS greeter.rb client TARGET NAME
require "grpc"
require "greeter_services_pb"

class GreeterServer < Helloworld::Greeter::Service
  def say_hello(request, _call)
    Helloworld::HelloReply.new(message: "Hello #{request.name}")
  end
end

def serve(port)
  server = GRPC::RpcServer.new
  bound = server.add_http2_port("127.0.0.1:#{port}", :this_port_is_insecure)
  server.handle(GreeterServer)
  puts "listening on 127.0.0.1:#{bound}"
  $stdout.flush
  server.run_till_terminated_or_interrupted(["TERM"])
end

def call(target, name)
  stub = Helloworld::Greeter::Stub.new(target, :this_channel_is_insecure)
  puts stub.say_hello(Helloworld::HelloRequest.new(name: name)).message
rescue GRPC::BadStatus => error
  abort "#{error.code}: #{error.details}"
end

case ARGV.shift
when "server" then serve(*ARGV)
when "client" then call(*ARGV)
else abort "usage: greeter.rb server PORT | client TARGET NAME"
end
