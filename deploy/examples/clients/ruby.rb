# Listen to a person's notifications with nothing but Ruby (2.7 or later):
#
#   TOKEN=… ruby ruby.rb https://example.org

require "net/http"

unless ARGV[0]&.match?(%r{\Ahttps?://})
  warn "usage: TOKEN=... ruby ruby.rb https://example.org"
  exit 2
end

URL = URI(ARGV[0] + "/api/notifications/stream")
$stdout.sync = true
$last_id = nil
$wait_s = 3.0

def take(event)
  puts "#{event["id"]} #{event["data"]}" if event["event"] == "new_notification"
end

# data is one line of JSON
def take_line(line, event)
  name, value = line.split(": ", 2)
  event[name] = value
  $wait_s = value.to_i / 1000.0 if name == "retry"
  return unless line.empty?
  $last_id = event["id"] || $last_id # now that the event is whole
  take(event)
  event.clear
end

# One stream, up to its end.
def listen
  headers = { "Authorization" => "Bearer #{ENV["TOKEN"]}", "Accept-Encoding" => "identity" }
  headers["Last-Event-ID"] = $last_id if $last_id
  # A heartbeat comes every 30 s; without a byte for 75 the connection is dead.
  Net::HTTP.start(URL.host, URL.port, use_ssl: URL.scheme == "https", read_timeout: 75, max_retries: 0) do |http|
    http.request(Net::HTTP::Get.new(URL, headers)) do |answer|
      abort "The token is not valid (any more): sign in again." if answer.code == "401"
      if answer.code != "200"
        $wait_s = (answer["Retry-After"] || 5).to_f
        return
      end
      rest = "".b
      event = {}
      answer.read_body do |part|
        rest << part
        while (line = rest.slice!(/\A.*\n/))
          take_line(line.force_encoding("UTF-8").chomp, event)
        end
      end
    end
  end
end

loop do
  begin
    listen
  rescue SystemCallError, SocketError, IOError, Timeout::Error, Net::HTTPBadResponse
    # a broken connection, or none
  end
  sleep $wait_s
end
