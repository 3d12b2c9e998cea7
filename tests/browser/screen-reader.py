# What a screen reader hears of the programs on its desktop (AT-SPI), a line of JSON each: texts that a live
# region speaks, and what the focus comes to.

import json
import pyatspi
from gi.repository import Atspi

print_line = lambda **words: print(json.dumps(words), flush=True)

def attributes(source):
    return dict(attribute.split(':', 1) for attribute in source.getAttributes())

def on_event(event):
    try:
        source = event.source
        if event.type.startswith('object:text-changed:insert'):
            way = attributes(source).get('container-live', 'off')
            # The browser's own window speaks, too, of a page that loads.
            if way != 'off' and event.host_application.name and source.getRole() != pyatspi.ROLE_STATUS_BAR:
                print_line(said=event.any_data, way=way)
        elif event.type.startswith('object:state-changed:focused') and event.detail1:
            print_line(focus=source.name, role=source.getRoleName())
        elif event.type.startswith('object:state-changed:expanded'):
            print_line(expands=source.name, role=source.getRoleName(), expanded=bool(event.detail1))
    except Exception as error:  # it may be gone by now
        print_line(failed=str(error), event=event.type)

Atspi.set_timeout(30_000, 30_000)  # ms: the machine may stand still
pyatspi.Registry.registerEventListener(on_event, 'object:text-changed:insert', 'object:state-changed:focused', 'object:state-changed:expanded')
print_line(ready=True)
pyatspi.Registry.start()
