-- For Orthanc ("LuaScripts"): sends each new radiograph to the modality 'cxr', and nothing that came from there. By jobs of
-- its own: Orthanc's SendToModality() forgets what it could not send.
function OnStoredInstance(id, tags, metadata, origin)
  if tags['Manufacturer'] ~= 'cxr-tools' and (tags['Modality'] == 'CR' or tags['Modality'] == 'DX') then
    RestApiPost('/modalities/cxr/store', '{"Asynchronous": true, "Resources": ["' .. id .. '"]}')
  end
end

-- Every "LuaHeartBeatPeriod" seconds: what could not be sent is sent again.
function OnHeartBeat()
  for _, job in ipairs(ParseJson(RestApiGet('/jobs?expand'))) do
    if job['State'] == 'Failure' and job['Type'] == 'DicomModalityStore' and job['Content']['RemoteAet'] == 'CXR' then
      RestApiPost('/jobs/' .. job['ID'] .. '/resubmit', '')
    end
  end
end
